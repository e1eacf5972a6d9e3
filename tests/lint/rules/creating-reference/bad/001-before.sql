CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE SCHEMA app;
CREATE TABLE app."Shops" (id bigint PRIMARY KEY);
