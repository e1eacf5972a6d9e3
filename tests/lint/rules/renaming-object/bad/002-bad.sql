ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
-- expect 1: renaming enum value "sad" to "blue" breaks programs that use the old name
-- help: Make one of the new name beside it, and drop the old one when no program uses it any more.
ALTER TYPE mood RENAME TO temper;
-- expect 1: renaming type "mood" to "temper" breaks programs that use the old name
-- help: Make one of the new name beside it, and drop the old one when no program uses it any more.
ALTER TABLE orders RENAME CONSTRAINT has_note TO note_is_there;
-- expect 20: renaming constraint "has_note" to "note_is_there" breaks programs that use the old name
-- help: Make one of the new name beside it, and drop the old one when no program uses it any more.
ALTER VIEW order_ids RENAME TO ids;
-- expect 1: renaming view "order_ids" to "ids" breaks programs that use the old name
-- help: Make one of the new name beside it, and drop the old one when no program uses it any more.
ALTER FUNCTION one(integer) RENAME TO single;
-- expect 1: renaming function "one" to "single" breaks programs that use the old name
-- help: Make one of the new name beside it, and drop the old one when no program uses it any more.
ALTER SCHEMA shop RENAME TO store;
-- expect 1: renaming schema "shop" to "store" breaks programs that use the old name
-- help: Make one of the new name beside it, and drop the old one when no program uses it any more.
