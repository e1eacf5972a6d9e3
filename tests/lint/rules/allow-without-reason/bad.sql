-- migrate: allow ban-drop-table
-- expect 1: it is not said why "ban-drop-table" is allowed here
-- help: -- migrate: allow ban-drop-table because ...
DROP TABLE IF EXISTS notes;
