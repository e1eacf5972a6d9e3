CREATE FUNCTION fill() RETURNS void LANGUAGE sql AS $$
    UPDATE orders SET total = 1 WHERE state = 'old';
-- expect 5: this UPDATE of "orders" may change many rows, and blocks writes to each until the transaction ends
$$;
SELECT fill();
PREPARE mark (text) AS UPDATE orders SET state = $1 WHERE total = 1;
-- expect 24: this UPDATE of "orders" may change many rows, and blocks writes to each until the transaction ends
-- help: Change the rows in batches, by ranges of the key, in a migration with the directive "no-transaction".
EXECUTE mark ('old');
