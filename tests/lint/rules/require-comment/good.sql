CREATE TABLE orders (id bigint);
COMMENT ON TABLE public.orders IS 'what was bought';
CREATE TEMP TABLE chosen (id bigint);
CREATE TABLE events (at date) PARTITION BY RANGE (at);
COMMENT ON TABLE events IS 'what has happened';
CREATE TABLE events_1 PARTITION OF events DEFAULT;
