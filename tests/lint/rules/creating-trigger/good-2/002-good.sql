-- the last that is done: a moment
UPDATE orders SET total = 0 WHERE id > 5;
CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
DROP TRIGGER IF EXISTS tell ON orders;
CREATE TRIGGER tell AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION told();
CREATE TRIGGER say BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION told();
CREATE TABLE lines (id bigint);
CREATE INDEX ON lines (id);
COMMENT ON FUNCTION told() IS 'does nothing';
