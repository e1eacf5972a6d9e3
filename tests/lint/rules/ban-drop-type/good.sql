CREATE TYPE mood AS ENUM ('glad', 'sad');
DROP TYPE public.mood;
CREATE DOMAIN email AS text;
DROP TYPE email;
