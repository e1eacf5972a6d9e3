CREATE TYPE mood AS ENUM ('glad', 'it''s fine');
