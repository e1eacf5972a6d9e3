-- migrate: no-transaction
-- each of its own, or ended at once
CREATE TRIGGER tell AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION told();
UPDATE orders SET total = 0 WHERE id > 5;
BEGIN;
CREATE TRIGGER say AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION told();
COMMIT;
UPDATE orders SET total = 0 WHERE id > 5;
