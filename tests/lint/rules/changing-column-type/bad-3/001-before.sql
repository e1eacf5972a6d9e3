CREATE TABLE users (id bigint PRIMARY KEY);
CREATE DOMAIN short AS varchar(10);
CREATE TABLE items (sku short);
