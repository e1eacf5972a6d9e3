CREATE TABLE orders (id bigint);
CREATE DOMAIN remark AS text DEFAULT '';
