CREATE TABLE users (id bigint PRIMARY KEY);
CREATE SCHEMA shop;
CREATE TABLE shop.orders (user_id bigint REFERENCES users, seller_id bigint REFERENCES users);
CREATE TABLE legacy (id bigint);
