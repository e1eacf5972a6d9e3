CREATE TABLE items (price numeric, quantity int);
