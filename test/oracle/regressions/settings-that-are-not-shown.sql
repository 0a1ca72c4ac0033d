-- Settings that PostgreSQL keeps for old scripts only.
SET default_with_oids = 'off';
SET ssl_renegotiation_limit = 0;
SET default_without_oids = off;
