ALTER TABLE items ADD COLUMN total numeric;
CREATE FUNCTION set_total() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.total := NEW.price * NEW.quantity;
    RETURN NEW;
END
$$;
CREATE TRIGGER set_total BEFORE INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION set_total();
