-- migrate: allow ban-drop-table: nobody uses it
-- expect 1: it is not said why "ban-drop-table" is allowed here: a reason begins with "because"
-- help: -- migrate: allow ban-drop-table because nobody uses it
DROP TABLE IF EXISTS notes;
