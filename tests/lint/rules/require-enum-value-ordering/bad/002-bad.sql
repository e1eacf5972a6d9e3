ALTER TYPE mood ADD VALUE IF NOT EXISTS 'sad';
-- expect 1: value "sad" becomes the largest of enum "mood", for it is not said where it belongs
-- help: Say where:
-- help: ALTER TYPE mood ADD VALUE IF NOT EXISTS 'sad' AFTER 'it''s fine';
ALTER TYPE public.mood ADD VALUE 'blue';
-- expect 1: value "blue" becomes the largest of enum "mood", for it is not said where it belongs
-- help: Say where:
-- help: ALTER TYPE public.mood ADD VALUE 'blue' AFTER 'sad';
