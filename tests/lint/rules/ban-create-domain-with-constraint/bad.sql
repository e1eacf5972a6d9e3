CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
-- expect 1: domain "email" has a constraint: changing it later reads and locks every table that has the domain
-- help: Put the constraint on the columns: there it can be changed with NOT VALID, table by table.
CREATE DOMAIN name AS text NOT NULL;
-- expect 1: domain "name" has a constraint: changing it later reads and locks every table that has the domain
-- help: Put the constraint on the columns: there it can be changed with NOT VALID, table by table.
