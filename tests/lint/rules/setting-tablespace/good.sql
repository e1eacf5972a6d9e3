CREATE TABLE orders (id bigint PRIMARY KEY) TABLESPACE pg_default;
ALTER TABLE orders SET TABLESPACE pg_default;
ALTER INDEX orders_pkey SET TABLESPACE pg_default;
