/* migrate: allow ban-drop-table because nobody uses it */
-- expect 1: nothing is allowed by a comment that is written like this
-- help: -- migrate: allow ban-drop-table because nobody uses it
DROP TABLE IF EXISTS notes;
