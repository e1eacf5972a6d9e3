-- whose key is dropped already
DROP TABLE items;
-- points to itself
ALTER TABLE users DROP CONSTRAINT users_referrer_id_fkey;
-- no foreign key
ALTER TABLE users DROP CONSTRAINT users_email_check;
ALTER TABLE users DROP COLUMN email;
ALTER TABLE users DROP CONSTRAINT IF EXISTS unknown;
-- of new tables
CREATE TABLE parents (id bigint PRIMARY KEY);
CREATE TABLE children (parent_id bigint REFERENCES parents (id));
DROP TABLE children;
