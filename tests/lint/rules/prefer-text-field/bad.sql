CREATE TABLE orders (id bigint, note varchar(200), "To" character varying(50)[]);
-- expect 38: column "note" is varchar(200): making it shorter later rewrites the table
-- help: Write: text; where the limit matters: CHECK (char_length(note) <= 200)
-- expect 57: column "To" is character varying(50)[]: making it shorter later rewrites the table
-- help: Write: text[]
ALTER TABLE orders ALTER COLUMN note TYPE varchar(300);
-- expect 43: column "note" is varchar(300): making it shorter later rewrites the table
-- help: Write: text; where the limit matters: CHECK (char_length(note) <= 300)
