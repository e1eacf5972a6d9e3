REASSIGN OWNED BY reports TO app;
DROP OWNED BY reports;
DROP ROLE reports;
