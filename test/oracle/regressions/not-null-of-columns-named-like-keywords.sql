-- The definition of a constraint quotes names that are keywords.
CREATE TABLE t (position int NOT NULL, "time" time NOT NULL UNIQUE, "User" text PRIMARY KEY, plain int NOT NULL);
