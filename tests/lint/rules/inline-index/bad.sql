-- migrations/007-create-analytics-table.sql

-- Create analytics table for tracking user interactions
CREATE TABLE IF NOT EXISTS user_analytics (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  event_data JSONB DEFAULT '{}'::jsonb,
  created_at TIMESTAMPTZ DEFAULT NOW(),
  
  -- Indexes for performance
  INDEX idx_user_analytics_user_id ON user_analytics(user_id),
-- expect 3: an index inside CREATE TABLE is MySQL's: Postgres refuses it, and does not create "user_analytics"
-- help: Create the table, and then what is to be on it:
-- help: CREATE TABLE IF NOT EXISTS user_analytics (
-- help:   id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
-- help:   user_id TEXT NOT NULL,
-- help:   event_type TEXT NOT NULL,
-- help:   event_data JSONB DEFAULT '{}'::jsonb,
-- help:   created_at TIMESTAMPTZ DEFAULT NOW()
-- help: );
-- help: CREATE INDEX IF NOT EXISTS idx_user_analytics_user_id ON user_analytics (user_id);
-- help: CREATE INDEX IF NOT EXISTS idx_user_analytics_event_type ON user_analytics (event_type);
-- help: CREATE INDEX IF NOT EXISTS idx_user_analytics_created_at ON user_analytics (created_at DESC);
  INDEX idx_user_analytics_event_type ON user_analytics(event_type),
  INDEX idx_user_analytics_created_at ON user_analytics(created_at DESC)
);

-- Add helpful comment
COMMENT ON TABLE user_analytics IS 'Tracks user interactions and events for analytics';
