CREATE SCHEMA shop;
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE shop."Order lines" (id bigint PRIMARY KEY);
CREATE TABLE events (id bigint PRIMARY KEY);
