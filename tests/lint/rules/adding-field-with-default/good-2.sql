CREATE TABLE users (id bigint PRIMARY KEY, key uuid DEFAULT gen_random_uuid());
ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();
CREATE TEMP TABLE ids (id bigint);
ALTER TABLE ids ADD COLUMN part float DEFAULT random();
