TRUNCATE users, orders;
TRUNCATE orders RESTRICT;
