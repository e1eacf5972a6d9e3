-- the runner sends these one by one
ALTER TYPE shop_mood ADD VALUE 'bored';
INSERT INTO guests VALUES (1, 'bored');
