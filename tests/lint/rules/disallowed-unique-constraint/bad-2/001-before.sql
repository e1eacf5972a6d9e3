CREATE TABLE events (id bigint, day date NOT NULL) PARTITION BY RANGE (day);
