CREATE TABLE orders (id bigint);
TRUNCATE orders;
CREATE TEMP TABLE chosen (id bigint);
TRUNCATE chosen;
