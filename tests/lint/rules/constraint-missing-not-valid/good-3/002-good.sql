-- postgres_version 18
ALTER TABLE users ADD CONSTRAINT users_email_not_null NOT NULL email;
ALTER TABLE users ADD NOT NULL name;
ALTER TABLE users ADD CONSTRAINT users_phone_not_null NOT NULL phone NOT VALID;
ALTER TABLE users ADD CONSTRAINT adult CHECK (age > 17) NOT ENFORCED;
