ALTER TABLE orders ADD COLUMN remark text;
ALTER TABLE orders RENAME remark TO comment;
CREATE TABLE lines (id bigint PRIMARY KEY, note text);
ALTER TABLE lines RENAME COLUMN note TO remark;
