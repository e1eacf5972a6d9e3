CREATE TABLE notes (id bigint PRIMARY KEY);  -- migrate: allow ban-drop-table because it was here once
-- expect 64: rule "ban-drop-table" is allowed here, but finds nothing
-- help: Take the name out of the comment.
