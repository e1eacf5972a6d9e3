-- what people look at
CREATE TABLE hits (page bigint PRIMARY KEY, hits bigint, "modify" text, change text);
INSERT INTO hits VALUES (1, 1) ON CONFLICT DO NOTHING;
INSERT INTO hits VALUES (1, 2) ON CONFLICT (page) DO UPDATE SET hits = hits.hits + excluded.hits;
ALTER TABLE hits ALTER COLUMN hits TYPE integer, ALTER COLUMN hits SET NOT NULL;
