ALTER DATABASE shop SET work_mem = '64MB';
ALTER ROLE reports SET work_mem = '64MB';
SET work_mem = '64MB';
