-- migrate: allow ban-drop-tabel because nobody uses it
-- expect 19: rule "ban-drop-tabel" is allowed here, but does not exist
-- help: Did you mean "ban-drop-table"?
DROP TABLE IF EXISTS notes;
