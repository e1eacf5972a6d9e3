-- postgres_version 18
CREATE TABLE items (price numeric, quantity int);
