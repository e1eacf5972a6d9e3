-- migrate: statement_timeout 10m
UPDATE orders SET total = 5;
