DROP VIEW numbers;
CREATE TABLE numbers (n integer PRIMARY KEY);
