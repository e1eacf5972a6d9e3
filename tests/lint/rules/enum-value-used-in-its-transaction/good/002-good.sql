BEGIN;
ALTER TYPE shop_mood ADD VALUE 'bored';
COMMIT;
INSERT INTO guests VALUES (1, 'bored');
