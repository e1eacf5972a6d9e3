-- nobody uses a table that is made here
CREATE TABLE imported (id bigint);
VACUUM FULL imported;
