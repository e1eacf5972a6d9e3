-- migrate: no-transaction
CREATE INDEX CONCURRENTLY orders_user_id ON orders (user_id);
-- expect 1: what locks "orders" may run for ever: no statement_timeout is set
-- help: SET statement_timeout = '10min';
CREATE INDEX CONCURRENTLY orders_pairs ON orders (id, user_id);
