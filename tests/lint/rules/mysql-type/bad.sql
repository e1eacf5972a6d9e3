CREATE TABLE lines (id bigint PRIMARY KEY, note text);
CREATE TABLE orders (
  id INT(11) PRIMARY KEY,
-- expect 6: column "id" is int(11), which Postgres does not have
-- help: Write: int
  is_paid TINYINT(1),
-- expect 11: column "is_paid" is tinyint(1), which Postgres does not have
-- help: Write: boolean
  pieces tinyint,
-- expect 10: column "pieces" is tinyint, which Postgres does not have
-- help: Write: smallint
  placed DATETIME(6),
-- expect 10: column "placed" is datetime(6), which Postgres does not have
-- help: Write: timestamptz
  note LONGTEXT,
-- expect 8: column "note" is longtext, which Postgres does not have
-- help: Write: text
  status ENUM('new', 'paid'),
-- expect 10: column "status" is enum('new','paid'), which Postgres does not have
-- help: Make a type of its own before, and write orders_status:
-- help: CREATE TYPE orders_status AS ENUM ('new', 'paid');
  marks SET('a', 'b'),
-- expect 9: column "marks" is set('a','b'), which Postgres does not have
-- help: Write: text[] CHECK (marks <@ ARRAY['a', 'b'])
  weight DOUBLE,
-- expect 10: column "weight" is double, which Postgres does not have
-- help: Write: double precision
  label NVARCHAR(20),
-- expect 9: column "label" is nvarchar(20), which Postgres does not have
-- help: Write: varchar(20)
  picture BLOB[],
-- expect 11: column "picture" is blob[], which Postgres does not have
-- help: Write: bytea[]
  born YEAR
-- expect 8: column "born" is year, which Postgres does not have
-- help: Write: smallint
);
ALTER TABLE lines ADD COLUMN code uniqueidentifier, ALTER COLUMN note TYPE mediumtext;
-- expect 35: column "code" is uniqueidentifier, which Postgres does not have
-- help: Write: uuid
-- expect 76: column "note" is mediumtext, which Postgres does not have
-- help: Write: text
