-- migrate: allow ban-drop-column, ban-drop-table because nobody uses it
-- expect 19: rule "ban-drop-column" is allowed here, but finds nothing
-- help: Take the name out of the comment.
DROP TABLE IF EXISTS notes;
