CREATE TABLE users (email varchar(50) UNIQUE);
