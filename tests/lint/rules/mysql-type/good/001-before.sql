CREATE DOMAIN datetime AS timestamptz;
CREATE TYPE enum AS ENUM ('a');
