CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- expect 1: creating partition "events_2026" blocks reads and writes of "events" (ACCESS EXCLUSIVE lock)
-- help: Create it as a table of its own, and attach it, which keeps nobody from reading or writing the parent:
-- help: CREATE TABLE events_2026 (LIKE events INCLUDING ALL EXCLUDING IDENTITY);
-- help: ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE IF NOT EXISTS shop."2027" PARTITION OF shop.sales (CHECK (id > 0))
-- expect 1: creating partition "shop.2027" blocks reads and writes of "shop.sales" (ACCESS EXCLUSIVE lock)
    FOR VALUES IN ('2027', 'DEFAULT') PARTITION BY RANGE (id);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
-- expect 1: creating partition "events_rest" blocks reads and writes of "events" (ACCESS EXCLUSIVE lock)
DO $$
BEGIN
    CREATE TABLE shop.one PARTITION OF shop.sales FOR VALUES IN ('1') WITH (fillfactor = 70);
-- expect 5: creating partition "shop.one" blocks reads and writes of "shop.sales" (ACCESS EXCLUSIVE lock)
END
$$;
