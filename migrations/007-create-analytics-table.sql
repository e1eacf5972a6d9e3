-- Create analytics table for tracking user interactions

CREATE TABLE IF NOT EXISTS user_analytics (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  event_data JSONB DEFAULT '{}'::jsonb,
  created_at TIMESTAMPTZ DEFAULT NOW()
);

-- Indexes for performance. In Postgres each is a statement of its own; the table is new and empty, so none of
-- them needs CONCURRENTLY.
CREATE INDEX IF NOT EXISTS idx_user_analytics_user_id ON user_analytics (user_id);
CREATE INDEX IF NOT EXISTS idx_user_analytics_event_type ON user_analytics (event_type);
CREATE INDEX IF NOT EXISTS idx_user_analytics_created_at ON user_analytics (created_at DESC);

-- Add helpful comment
COMMENT ON TABLE user_analytics IS 'Tracks user interactions and events for analytics';
