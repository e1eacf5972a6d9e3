-- Creates the functions that the tables and the queries of the document service use.

-- Keeps the column updated_at true, whoever changes the row.
CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
BEGIN
  NEW.updated_at = now();
  RETURN NEW;
END
$$;

COMMENT ON FUNCTION set_updated_at() IS 'Trigger: sets updated_at of a changed row to the time of its transaction';

-- Cosine distance as pgvector's operator <=> defines it: 0 for the same direction, 2 for the opposite one,
-- and NaN where a vector has no direction.
CREATE OR REPLACE FUNCTION embedding_distance(a real[], b real[]) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
AS $$
  SELECT CASE
    WHEN sum(x * x) = 0 OR sum(y * y) = 0 THEN 'NaN'
    ELSE 1 - sum(x * y) / (sqrt(sum(x * x)) * sqrt(sum(y * y)))
  END
  FROM unnest(a::double precision[], b::double precision[]) AS pair (x, y)
$$;

COMMENT ON FUNCTION embedding_distance(real[], real[]) IS 'Cosine distance of two embeddings, for servers without pgvector';
