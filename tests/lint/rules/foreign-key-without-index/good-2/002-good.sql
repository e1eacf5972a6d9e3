-- the index is by the name of today
ALTER TABLE orders ADD FOREIGN KEY (person_id) REFERENCES users (id);
