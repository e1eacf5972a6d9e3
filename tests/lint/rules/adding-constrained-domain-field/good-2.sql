CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE TABLE guests (email email);
ALTER TABLE guests ADD COLUMN other email;
