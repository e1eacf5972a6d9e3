CREATE TABLE lines (id bigint PRIMARY KEY, hits bigint, note text);
# what people have written
-- expect 1: comments that begin with # are MySQL's: Postgres takes them for SQL, and refuses it
-- help: Write: -- what people have written
CREATE TABLE notes (id bigint PRIMARY KEY);
SELECT 5 # 3;
