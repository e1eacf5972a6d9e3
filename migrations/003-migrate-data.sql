-- Creates the tables of documents and of the agents' memory, and moves the data of the first version there.
--
-- The first version of the service kept everything in two tables made by hand:
--
--   files (path TEXT, body TEXT)                          one row a document
--   conversations (id BIGINT, said_by TEXT, said TEXT)    one row a message; id numbers the conversation
--
-- Where they exist, their rows are copied; the old tables stay for a roll-back. On a new database there is
-- nothing to move.

CREATE TABLE IF NOT EXISTS documents (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  path TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

COMMENT ON TABLE documents IS 'The documents of the service, one row each';

CREATE OR REPLACE TRIGGER documents_updated_at
  BEFORE UPDATE ON documents
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE IF NOT EXISTS document_passages (
  document_id UUID NOT NULL REFERENCES documents ON DELETE CASCADE,
  position INT NOT NULL,
  passage TEXT NOT NULL,
  embedding REAL[] NOT NULL,
  PRIMARY KEY (document_id, position),
  CONSTRAINT document_passages_embedding_check CHECK (cardinality(embedding) = 64)
);

COMMENT ON TABLE document_passages IS 'The passages of each document in their order, with their embeddings';
COMMENT ON COLUMN document_passages.embedding IS '64 numbers; nearer passages say more similar things';

CREATE TABLE IF NOT EXISTS memory_threads (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  title TEXT NOT NULL,
  legacy_id BIGINT UNIQUE,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

COMMENT ON TABLE memory_threads IS 'What the agents remember: one row a conversation';
COMMENT ON COLUMN memory_threads.legacy_id IS 'conversations.id of the first version; NULL for newer threads';

CREATE TABLE IF NOT EXISTS memory_messages (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  thread_id UUID NOT NULL REFERENCES memory_threads ON DELETE CASCADE,
  author TEXT NOT NULL,
  content TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

COMMENT ON TABLE memory_messages IS 'The messages of each conversation, in the order of their ids';

CREATE INDEX IF NOT EXISTS idx_memory_messages_thread_id ON memory_messages (thread_id, id);

DO $$
BEGIN
  IF to_regclass('files') IS NOT NULL THEN
    INSERT INTO documents (path, body)
    SELECT path, body FROM files
    ON CONFLICT (path) DO NOTHING;
  END IF;

  IF to_regclass('conversations') IS NOT NULL AND NOT EXISTS (SELECT FROM memory_threads WHERE legacy_id IS NOT NULL) THEN
    INSERT INTO memory_threads (title, legacy_id)
    SELECT DISTINCT 'conversation ' || id, id FROM conversations;

    INSERT INTO memory_messages (thread_id, author, content)
    SELECT t.id, c.said_by, c.said
    FROM conversations AS c JOIN memory_threads AS t ON t.legacy_id = c.id
    ORDER BY c.id, c.ctid;
  END IF;
END
$$;
