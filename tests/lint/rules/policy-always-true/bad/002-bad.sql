CREATE POLICY everybody ON orders USING (true);
-- expect 1: policy "everybody" lets every role write any row of "orders"
-- help: Say whose rows: USING (owner = current_user). Or let all read only: FOR SELECT USING (true).
CREATE POLICY "May Write" ON public.orders FOR INSERT TO pg_monitor WITH CHECK ((TRUE));
-- expect 1: policy "May Write" lets "pg_monitor" write any row of "orders"
-- help: Say whose rows: WITH CHECK (owner = current_user). Or let all read only: FOR SELECT USING (true).
CREATE POLICY changes ON orders AS PERMISSIVE FOR UPDATE USING (user_id = 1) WITH CHECK (1 = 1);
-- expect 1: policy "changes" lets every role write any row of "orders"
