CREATE TABLE hits (page bigint PRIMARY KEY, hits bigint, note text);
INSERT IGNORE INTO hits VALUES (1, 1, '');
-- expect 1: INSERT IGNORE is MySQL's: Postgres refuses the statement
-- help: Write INSERT INTO, and at its end: ON CONFLICT DO NOTHING
REPLACE INTO hits (page, hits, note) VALUES (1, 2, '');
-- expect 1: REPLACE is MySQL's: Postgres refuses the statement
-- help: Write INSERT INTO, and at its end: ON CONFLICT (page) DO UPDATE SET hits = excluded.hits, note = excluded.note
INSERT INTO hits (page, hits) VALUES (1, 3)
  ON DUPLICATE KEY UPDATE hits = hits + VALUES(hits);
-- expect 3: ON DUPLICATE KEY UPDATE is MySQL's: Postgres refuses the statement
-- help: Write instead: ON CONFLICT (page) DO UPDATE SET hits = hits.hits + excluded.hits
ALTER TABLE hits MODIFY COLUMN note VARCHAR(20) NOT NULL, MODIFY hits int(11) DEFAULT 0;
-- expect 18: MODIFY is MySQL's: Postgres refuses the statement
-- help: Write instead:
-- help: ALTER TABLE hits ALTER COLUMN note TYPE varchar(20), ALTER COLUMN note SET NOT NULL;
-- expect 59: MODIFY is MySQL's: Postgres refuses the statement
-- help: Write instead:
-- help: ALTER TABLE hits ALTER COLUMN hits TYPE int;
ALTER TABLE hits CHANGE COLUMN note remark longtext, CHANGE hits hits bigint;
-- expect 18: CHANGE is MySQL's: Postgres refuses the statement
-- help: Write instead:
-- help: ALTER TABLE hits RENAME COLUMN note TO remark;
-- help: ALTER TABLE hits ALTER COLUMN remark TYPE text;
-- expect 54: CHANGE is MySQL's: Postgres refuses the statement
-- help: Write instead:
-- help: ALTER TABLE hits ALTER COLUMN hits TYPE bigint;
CREATE TABLE pages (id bigint PRIMARY KEY) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4;
-- expect 44: ENGINE is MySQL's: Postgres refuses the statement
-- help: Take it out: ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4
CREATE TABLE books (id bigint PRIMARY KEY) DEFAULT CHARSET = utf8mb4;
-- expect 44: CHARSET is MySQL's: Postgres refuses the statement
-- help: Take it out: DEFAULT CHARSET = utf8mb4
REPLACE INTO elsewhere VALUES (1);
-- expect 1: REPLACE is MySQL's: Postgres refuses the statement
-- help: Write INSERT INTO, and at its end, with the columns of the key in the parentheses: ON CONFLICT (...) DO UPDATE SET ...
ALTER TABLE hits COMMENT 'of all', MODIFY note text COMMENT 'free';
-- expect 36: MODIFY is MySQL's: Postgres refuses the statement
-- help: Write instead:
-- help: ALTER TABLE hits ALTER COLUMN note TYPE text;
