CREATE DOMAIN email AS text;
ALTER DOMAIN email ADD CONSTRAINT has_at CHECK (VALUE LIKE '%@%');
ALTER DOMAIN email SET DEFAULT 'nobody@example.org';
