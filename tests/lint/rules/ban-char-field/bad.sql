CREATE TABLE orders (id bigint, code char(3), sign CHARACTER, old bpchar, letters nchar(2)[]);
-- expect 38: column "code" is char(3), which is filled up with blanks
-- help: Write: text
-- expect 52: column "sign" is character, which is filled up with blanks
-- help: Write: text
-- expect 67: column "old" is bpchar, which is filled up with blanks
-- help: Write: text
-- expect 83: column "letters" is nchar(2)[], which is filled up with blanks
-- help: Write: text[]
