CREATE TABLE orders (
    id int PRIMARY KEY, total numeric(10, 2), weight decimal(5), state varchar(20), note varchar, label text,
    made_at timestamp(3), paid_at timestamp, sent_at time, address cidr, flags varbit(3), code char(5), tags varchar(10)[],
    zip varchar(5), lasts interval(3), quantity int CHECK (quantity > 0)
);
CREATE INDEX orders_state_idx ON orders (state);
CREATE INDEX orders_lower_idx ON orders (lower('label')) WHERE tags <> '{}';
