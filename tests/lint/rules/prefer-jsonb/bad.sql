CREATE TABLE orders (id bigint, lines json, "More" json[]);
-- expect 39: column "lines" is json, which has neither equality nor an index
-- help: Write: jsonb
-- expect 52: column "More" is json[], which has neither equality nor an index
-- help: Write: jsonb[]
