CREATE DOMAIN email AS text DEFAULT 'nobody@example.org';
