CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE events (user_id bigint, day date) PARTITION BY RANGE (day);
