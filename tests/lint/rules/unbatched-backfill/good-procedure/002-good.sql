-- the rows of a batch are locked until its COMMIT only
CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        UPDATE orders SET total = 0 WHERE id IN (SELECT id FROM orders WHERE total IS NULL LIMIT 1000);
        EXIT WHEN NOT FOUND;
        UPDATE orders SET state = 'new' WHERE state IS NULL AND total = 0;
        COMMIT;
    END LOOP;
END
$$;
CALL fill();
DO $$
BEGIN
    FOR day IN 1 .. 365 LOOP
        UPDATE orders SET state = 'old' WHERE total = day;
        COMMIT;
    END LOOP;
END
$$;
-- nobody calls this one
CREATE FUNCTION later() RETURNS void LANGUAGE sql AS $$ UPDATE orders SET total = 1 WHERE state = 'old' $$;
