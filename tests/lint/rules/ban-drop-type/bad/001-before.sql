CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TYPE point_3d AS (x float8, y float8, z float8);
