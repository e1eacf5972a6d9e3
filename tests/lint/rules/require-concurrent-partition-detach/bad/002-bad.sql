ALTER TABLE measurements DETACH PARTITION measurements_2024;
-- expect 26: detaching "measurements_2024" blocks reads and writes of "measurements" (ACCESS EXCLUSIVE lock)
-- help: Detach it concurrently, in a migration of its own:
-- help: ALTER TABLE measurements DETACH PARTITION measurements_2024 CONCURRENTLY;

ALTER TABLE IF EXISTS app."Log"
    DETACH PARTITION app."Log 1";
-- expect 5: detaching "app.Log 1" blocks reads and writes of "app.Log" (ACCESS EXCLUSIVE lock)
-- help: Detach it concurrently, in a migration of its own:
-- help: ALTER TABLE app."Log" DETACH PARTITION app."Log 1" CONCURRENTLY;

DO $$ BEGIN ALTER TABLE measurements DETACH PARTITION measurements_2025; END $$;
-- expect 38: detaching "measurements_2025" blocks reads and writes of "measurements" (ACCESS EXCLUSIVE lock)
-- help: Detach it concurrently, outside the block and in a migration of its own:
-- help: ALTER TABLE measurements DETACH PARTITION measurements_2025 CONCURRENTLY;
