-- Gives every document a MIME type, told by the extension of its path.

CREATE TABLE IF NOT EXISTS mime_types (
  extension TEXT PRIMARY KEY,
  mime_type TEXT NOT NULL
);

COMMENT ON TABLE mime_types IS 'The MIME type of each known file extension, in lower case and without the dot';

INSERT INTO mime_types (extension, mime_type)
VALUES
  ('csv', 'text/csv'),
  ('html', 'text/html'),
  ('json', 'application/json'),
  ('md', 'text/markdown'),
  ('pdf', 'application/pdf'),
  ('txt', 'text/plain')
ON CONFLICT (extension) DO NOTHING;

ALTER TABLE documents ADD COLUMN IF NOT EXISTS mime_type TEXT NOT NULL DEFAULT 'application/octet-stream';

COMMENT ON COLUMN documents.mime_type IS 'Told by the extension of path when the document is stored';

-- migrate: allow statement-after-access-exclusive, unbatched-backfill because documents, made by 003, has few rows yet
UPDATE documents
SET mime_type = mime_types.mime_type
FROM mime_types
WHERE mime_types.extension = lower(substring(documents.path FROM '[^.]+$'))
  AND documents.mime_type = 'application/octet-stream';
