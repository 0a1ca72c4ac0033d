SET search_path = s1, pg_temp;
CREATE UNLOGGED TABLE IF NOT EXISTS t3 (a integer, b smallserial, c timestamptz, d bigserial);
