CREATE TYPE shop_mood AS ENUM ('glad', 'sad');
CREATE TABLE guests (id bigint PRIMARY KEY, mood shop_mood);
