CREATE TABLE bookings (id bigint PRIMARY KEY, during tsrange, EXCLUDE USING gist (during WITH &&));
ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);
ALTER TABLE bookings ADD CHECK (NOT isempty(during));
