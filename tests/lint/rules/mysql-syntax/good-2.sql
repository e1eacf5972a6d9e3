CREATE TABLE modify (change bigint PRIMARY KEY, engine jsonb, "`" text DEFAULT '`it`');
ALTER TABLE modify RENAME change TO modify;
ALTER TABLE modify ALTER modify TYPE integer, ADD change integer;
SELECT modify # change, engine #>> '{a,b}', engine #- '{a}',
  $$ # `a` $$, modify
  # change  /* # not `one` */
FROM modify; -- # and `not` this
