DROP TYPE mood, point_3d;
-- expect 11: dropping type "mood" breaks every program that still casts to it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
-- expect 17: dropping type "point_3d" breaks every program that still casts to it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
CREATE TYPE mood AS ENUM ('glad');
