ALTER TYPE mood RENAME TO mood_before;
CREATE TYPE mood AS ENUM ('glad', 'blue');
ALTER TABLE guests ALTER COLUMN mood TYPE mood USING replace(mood::text, 'sad', 'blue')::mood;
DROP TYPE mood_before;
