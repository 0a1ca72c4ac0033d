-- @since 16: Types of numbers, also in other bases and with underscores.
CREATE VIEW v AS SELECT 10e6 AS a, 1e5 AS b, 0xFF AS c, 0o17 AS d, 0b101 AS e, 1_000 AS f, 9223372036854775808 AS g, 0x7fffffffffffffff AS h, 00000000000000000000000000000000000000000005 AS i, 1.5 AS j, 2147483648 AS k, .5 AS l;
