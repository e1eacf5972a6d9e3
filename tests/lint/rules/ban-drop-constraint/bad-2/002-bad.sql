-- keys of other columns by the old name
ALTER TABLE limits ADD COLUMN action integer NOT NULL DEFAULT 0;
ALTER TABLE limits DROP CONSTRAINT limits_pkey;
-- expect 20: dropping constraint "limits_pkey" of "limits" lets in rows that programs do not expect
ALTER TABLE limits ADD CONSTRAINT limits_pkey PRIMARY KEY (user_id, action);
ALTER TABLE members DROP CONSTRAINT members_pkey, ADD CONSTRAINT members_pkey PRIMARY KEY USING INDEX members_uuid;
-- expect 21: dropping constraint "members_pkey" of "members" lets in rows that programs do not expect
