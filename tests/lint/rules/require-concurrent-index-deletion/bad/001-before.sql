CREATE TABLE orders (id bigint, user_id bigint, state text);
CREATE INDEX orders_user_id_idx ON orders (user_id);
CREATE INDEX orders_id_idx ON orders (id);
CREATE INDEX orders_state_idx ON orders (state);
CREATE INDEX "Odd" ON orders (state, id);
CREATE SCHEMA app;
CREATE TABLE app.items (sku text);
CREATE INDEX items_sku_idx ON app.items (sku);
