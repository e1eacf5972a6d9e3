-- postgres_version 18
ALTER TABLE items ADD COLUMN total numeric GENERATED ALWAYS AS (price * quantity) VIRTUAL;
ALTER TABLE items ADD COLUMN double numeric GENERATED ALWAYS AS (quantity * 2);
