CREATE DOMAIN blob AS bytea;
CREATE TYPE number AS (n integer);
CREATE TABLE orders (
  id integer PRIMARY KEY,
  placed datetime,
  status enum,
  picture blob,
  n number,
  year integer,
  blob_size int2,
  weight double precision,
  label nchar varying(20),
  amount numeric(10, 2),
  note character varying(20),
  auto_increment integer,
  unsigned boolean DEFAULT true
);
