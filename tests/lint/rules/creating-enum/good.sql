CREATE TYPE point_3d AS (x float8, y float8, z float8);
CREATE TABLE guests (id bigint PRIMARY KEY, mood text CHECK (mood IN ('glad', 'sad')));
