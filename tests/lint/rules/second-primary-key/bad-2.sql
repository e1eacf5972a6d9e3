CREATE TABLE users (
    id bigint PRIMARY KEY,
    email text PRIMARY KEY
-- expect 16: table "users" has a primary key already, and Postgres refuses a second one
-- help: Let one of them be "UNIQUE NOT NULL", or make one key of all columns: PRIMARY KEY (a, b)
);
CREATE TABLE orders (id bigint PRIMARY KEY, code text NOT NULL, CONSTRAINT of_code PRIMARY KEY (code));
-- expect 65: table "orders" has a primary key already, and Postgres refuses a second one
