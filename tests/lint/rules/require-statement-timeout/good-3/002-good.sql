CREATE TABLE items (id bigint);
INSERT INTO items VALUES (1);
SELECT count(*) FROM orders;
