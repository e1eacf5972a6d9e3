ALTER TABLE orders RENAME note TO remark;
ALTER TABLE orders RENAME remark TO comment;
ALTER TABLE orders RENAME comment TO note;
