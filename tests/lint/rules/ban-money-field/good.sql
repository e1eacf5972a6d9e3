CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(12, 2), currency text, money numeric);
CREATE SCHEMA app;
CREATE DOMAIN app.money AS numeric;
ALTER TABLE orders ADD COLUMN tip app.money;
