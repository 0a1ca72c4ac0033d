-- Who applies what a subscription brings. @server @since 16
CREATE SUBSCRIPTION plain CONNECTION 'dbname=app' PUBLICATION one WITH (connect = false);
CREATE SUBSCRIPTION owner CONNECTION 'dbname=app' PUBLICATION one WITH (connect = false, run_as_owner = true, password_required = false);
ALTER SUBSCRIPTION plain SET (run_as_owner = true);
ALTER SUBSCRIPTION owner SET (run_as_owner = false, password_required = true);
