CREATE TABLE users (id bigint PRIMARY KEY);
CREATE SCHEMA app;
CREATE TABLE app."Shops" (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id), buyer_id bigint REFERENCES users (id));
CREATE TABLE items (user_id bigint REFERENCES users (id), shop_id bigint REFERENCES app."Shops" (id));
CREATE TABLE notes (user_id bigint CONSTRAINT "Author" REFERENCES users (id));
