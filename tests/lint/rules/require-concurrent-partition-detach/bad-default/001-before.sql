CREATE TABLE measurements (taken_at date NOT NULL, sensor int) PARTITION BY RANGE (taken_at);
CREATE TABLE measurements_2024 PARTITION OF measurements FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE measurements_rest PARTITION OF measurements DEFAULT;
CREATE TABLE events (day date) PARTITION BY LIST (day);
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN ('2024-01-01');
CREATE TABLE events_rest (day date);
ALTER TABLE events ATTACH PARTITION events_rest DEFAULT;
