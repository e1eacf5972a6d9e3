-- Creates the queue of background jobs. Workers take the next job with FOR UPDATE SKIP LOCKED.

CREATE TABLE IF NOT EXISTS processing_jobs (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind TEXT NOT NULL,
  payload JSONB NOT NULL DEFAULT '{}'::jsonb,
  status TEXT NOT NULL DEFAULT 'queued',
  attempts INT NOT NULL DEFAULT 0,
  run_after TIMESTAMPTZ NOT NULL DEFAULT now(),
  error_message TEXT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  CONSTRAINT processing_jobs_status_check CHECK (status IN ('queued', 'running', 'done', 'failed'))
);

COMMENT ON TABLE processing_jobs IS 'Background jobs, oldest first; the worker of the service takes them from here';

-- Only waiting jobs are looked for, and those whose worker may have died: the index stays small however many are done.
CREATE INDEX IF NOT EXISTS idx_processing_jobs_open ON processing_jobs (run_after, id)
  WHERE status IN ('queued', 'running');

CREATE OR REPLACE TRIGGER processing_jobs_updated_at
  BEFORE UPDATE ON processing_jobs
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();
