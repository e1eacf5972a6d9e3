ALTER TABLE users ADD COLUMN name public.name;
ALTER TABLE users ADD COLUMN emails email[];
ALTER TABLE users ADD COLUMN old old;
