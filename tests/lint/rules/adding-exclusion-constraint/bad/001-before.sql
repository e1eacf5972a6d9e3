CREATE TABLE bookings (id bigint PRIMARY KEY, during tsrange);
CREATE SCHEMA app;
CREATE TABLE app."Rooms" (during tsrange);
