CREATE POLICY readers ON orders FOR SELECT USING (true);
CREATE POLICY limits ON orders AS RESTRICTIVE USING (true);
CREATE POLICY own ON orders USING (user_id = 1) WITH CHECK (user_id = 1);
ALTER POLICY readers ON orders USING (true);
