CREATE SEQUENCE order_numbers;
DROP SEQUENCE order_numbers;
