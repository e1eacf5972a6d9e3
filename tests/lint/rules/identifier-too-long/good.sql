CREATE TABLE notes (id bigint PRIMARY KEY, body text);
CREATE INDEX notes_body_for_the_search_of_those_who_write_to_us_every_single ON notes (body);
INSERT INTO notes VALUES (1, 'notes_body_for_the_search_of_those_who_write_to_us_every_single_day');
INSERT INTO notes VALUES (2, $$notes_body_for_the_search_of_those_who_write_to_us_every_single_day$$);
-- notes_body_for_the_search_of_those_who_write_to_us_every_single_day
