-- Installs pgvector where the server has it and this role may.
--
-- The document service finds the passages nearest to a question. Embeddings are stored as REAL[] (003), so
-- that the schema is the same on every server. With pgvector they are searched through an HNSW index, which
-- the start-up phase "vector_store" makes; without it, by an exact scan with embedding_distance() (002).

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN
    CREATE EXTENSION IF NOT EXISTS vector;
  ELSE
    RAISE NOTICE 'this server has no pgvector; passages will be found by an exact scan';
  END IF;
EXCEPTION
  WHEN insufficient_privilege THEN
    RAISE NOTICE 'pgvector is for an administrator to install (CREATE EXTENSION vector); until then passages will be found by an exact scan';
END
$$;
