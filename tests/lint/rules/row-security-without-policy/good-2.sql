-- of a table that no migration has made, the policies are not known either
ALTER TABLE IF EXISTS legacy ENABLE ROW LEVEL SECURITY;
