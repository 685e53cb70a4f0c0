-- Figures of many forms at once are not reckoned inside the transaction that writes the forms, they are marked: a job
-- reckons them once for all, or whoever reads first, so that nobody sees figures that are older than the forms.
-- Only ever added to by writers, as the marks of the cube are; a row stands for all forms that were written together.
CREATE TABLE energy.figure_due (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  filing_ids bigint[] NOT NULL
);
ALTER TABLE energy.figure_due ENABLE ROW LEVEL SECURITY;
ALTER TABLE energy.figure_due FORCE ROW LEVEL SECURITY;
CREATE POLICY app_select ON energy.figure_due FOR SELECT TO gongxie_app USING ((SELECT app.actor_id()) IS NOT NULL);
CREATE POLICY app_insert ON energy.figure_due FOR INSERT TO gongxie_app WITH CHECK ((SELECT app.actor_id()) IS NOT NULL);
CREATE POLICY app_update ON energy.figure_due FOR UPDATE TO gongxie_app USING (false);
CREATE POLICY app_delete ON energy.figure_due FOR DELETE TO gongxie_app USING (false);
CREATE POLICY system_all ON energy.figure_due FOR ALL TO gongxie_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON energy.figure_due TO gongxie_app, gongxie_system;
