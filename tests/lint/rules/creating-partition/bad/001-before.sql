CREATE TABLE events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE old_events (at date NOT NULL, what text);
CREATE SCHEMA shop;
CREATE TABLE shop.sales (id bigint, year text) PARTITION BY LIST (year);
