CREATE TABLE hits (
  page bigint PRIMARY KEY COMMENT 'which, or (none)',
-- expect 27: COMMENT of a column is MySQL's: Postgres refuses the statement
-- help: Take it out, and write below: COMMENT ON COLUMN hits.page IS 'which, or (none)';
  made timestamp ON UPDATE now(),
-- expect 18: ON UPDATE CURRENT_TIMESTAMP is MySQL's: Postgres refuses the statement
-- help: Take it out, and let a BEFORE UPDATE trigger set the column: NEW.made = now()
  seen timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
-- expect 53: ON UPDATE CURRENT_TIMESTAMP is MySQL's: Postgres refuses the statement
-- help: Take it out, and let a BEFORE UPDATE trigger set the column: NEW.seen = now()
  other bigint REFERENCES pages (id) ON UPDATE CASCADE,
  KEY (other) COMMENT 'of an index'
) COMMENT 'of all';
ALTER TABLE app.hits ADD COLUMN note text COMMENT 'free', ADD size int;
-- expect 43: COMMENT of a column is MySQL's: Postgres refuses the statement
-- help: Take it out, and write below: COMMENT ON COLUMN app.hits.note IS 'free';
