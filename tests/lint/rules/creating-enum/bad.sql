CREATE TYPE mood AS ENUM ('glad', 'sad');
-- expect 1: values of enum "mood" can be added later, but never removed or reordered
-- help: Use text with a CHECK constraint, or a table of the values with a foreign key.
