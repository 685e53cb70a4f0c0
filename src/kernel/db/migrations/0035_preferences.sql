-- What a person prefers, wherever they sit down: one value under each name. Nobody else reads it.
CREATE TABLE auth.preference (
  person_id integer NOT NULL REFERENCES auth.person ON DELETE CASCADE,
  name text NOT NULL,
  value text NOT NULL,
  PRIMARY KEY (person_id, name)
);
ALTER TABLE auth.preference ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.preference FORCE ROW LEVEL SECURITY;
CREATE POLICY app_select ON auth.preference FOR SELECT TO gongxie_app USING (person_id = (SELECT app.actor_id()));
CREATE POLICY app_insert ON auth.preference FOR INSERT TO gongxie_app WITH CHECK (person_id = (SELECT app.actor_id()));
CREATE POLICY app_update ON auth.preference FOR UPDATE TO gongxie_app USING (person_id = (SELECT app.actor_id()));
CREATE POLICY app_delete ON auth.preference FOR DELETE TO gongxie_app USING (person_id = (SELECT app.actor_id()));
CREATE POLICY system_all ON auth.preference FOR ALL TO gongxie_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON auth.preference TO gongxie_app, gongxie_system;
