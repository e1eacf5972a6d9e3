CRETE TABLE notes (id bigint PRIMARY KEY);
-- expect 1: cannot read this statement from "CRETE" on, so no rule has judged it
-- help: Ask a server whether it is right: migrate-lint --server. Or allow it: "-- migrate: allow unknown-statement because ...".
