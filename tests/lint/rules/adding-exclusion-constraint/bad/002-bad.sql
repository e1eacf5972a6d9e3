ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);
-- expect 22: adding exclusion constraint "no_overlap" blocks reads and writes of "bookings" until its index is built (ACCESS EXCLUSIVE lock)
-- help: PostgreSQL knows no way to build it beforehand. Make a new table with the constraint, fill it, and let programs change over; or add it while nobody needs the table, and allow it.

ALTER TABLE app."Rooms"
    ADD EXCLUDE USING gist (during WITH &&) WHERE (during IS NOT NULL);
-- expect 5: adding an exclusion constraint blocks reads and writes of "app.Rooms" until its index is built (ACCESS EXCLUSIVE lock)
-- help: PostgreSQL knows no way to build it beforehand. Make a new table with the constraint, fill it, and let programs change over; or add it while nobody needs the table, and allow it.

DO $$ BEGIN ALTER TABLE bookings ADD CONSTRAINT again EXCLUDE USING gist (during WITH &&); END $$;
-- expect 34: adding exclusion constraint "again" blocks reads and writes of "bookings" until its index is built (ACCESS EXCLUSIVE lock)
-- help: PostgreSQL knows no way to build it beforehand. Make a new table with the constraint, fill it, and let programs change over; or add it while nobody needs the table, and allow it.
