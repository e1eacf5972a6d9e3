CREATE TABLE orders (id bigint, placed timestamptz, paid timestamp with time zone, day date, at time);
