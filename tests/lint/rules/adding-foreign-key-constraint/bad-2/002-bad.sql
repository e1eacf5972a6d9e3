ALTER TABLE events ADD CONSTRAINT events_user_fk FOREIGN KEY (user_id) REFERENCES users (id);
-- expect 20: adding foreign key "events_user_fk" blocks writes to "events" and "users" until all rows of "events" are checked (SHARE ROW EXCLUSIVE lock)
-- help: PostgreSQL before 18 knows no NOT VALID here: add the same foreign key to each partition, NOT VALID, validate it in a later migration, and then add it to the table, which takes those over unchecked.
