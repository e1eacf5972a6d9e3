CREATE TABLE users (id bigint PRIMARY KEY, email text, "Phone" text, name text NOT NULL, uid bigint NOT NULL);
ALTER TABLE users ADD CONSTRAINT email_given CHECK (email IS NOT NULL) NOT VALID;
ALTER TABLE users ADD CONSTRAINT phone_given CHECK (("Phone" IS NOT NULL)) NOT VALID;
