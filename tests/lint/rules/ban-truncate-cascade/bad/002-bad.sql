TRUNCATE users CASCADE;
-- expect 1: TRUNCATE ... CASCADE of "users" empties every table that refers to it, too: "shop.orders"
-- help: Name the tables that are to be emptied, and leave CASCADE out.
TRUNCATE legacy RESTART IDENTITY CASCADE;
-- expect 1: TRUNCATE ... CASCADE of "legacy" empties every table that refers to it, too
