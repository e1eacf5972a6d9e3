COMMENT ON EXTENSION plpgsql IS 'Postgres'' own language';
