-- Two organisations that look like one and are two: who decided so, when, why, and how both were described then. The
-- decision holds as long as name, address and code of both stay as they were; undone it stays here and holds no more.
CREATE TABLE org.distinct_pair (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version integer NOT NULL DEFAULT 1,
  a_id integer NOT NULL REFERENCES org.organization ON DELETE CASCADE,
  b_id integer NOT NULL REFERENCES org.organization ON DELETE CASCADE,
  -- {"a": {name, address, uscc}, "b": {…}}
  described jsonb NOT NULL,
  reason text NOT NULL CONSTRAINT distinct_pair_reason CHECK (length(reason) >= 2),
  by_id integer, by_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  undone_by_name text,
  undone_at timestamptz,
  undone_reason text,
  -- what the two have in common above them, for the history
  org_path text COLLATE "C" NOT NULL,
  CONSTRAINT distinct_pair_order CHECK (a_id < b_id),
  CONSTRAINT distinct_pair_undone CHECK ((undone_at IS NULL) = (undone_by_name IS NULL))
);
CREATE UNIQUE INDEX distinct_pair_once ON org.distinct_pair (a_id, b_id) WHERE undone_at IS NULL;
CREATE INDEX distinct_pair_a ON org.distinct_pair (a_id);
CREATE INDEX distinct_pair_b ON org.distinct_pair (b_id);
CREATE TRIGGER distinct_pair_version BEFORE UPDATE ON org.distinct_pair FOR EACH ROW EXECUTE FUNCTION app.raise_version();
CREATE TRIGGER distinct_pair_track AFTER INSERT OR UPDATE OR DELETE ON org.distinct_pair FOR EACH ROW EXECUTE FUNCTION audit.track('org.distinct_pair');

-- A pair belongs to whoever sees both: their own row security answers that, also after one of them has moved.
ALTER TABLE org.distinct_pair ENABLE ROW LEVEL SECURITY;
ALTER TABLE org.distinct_pair FORCE ROW LEVEL SECURITY;
DO $$
DECLARE
  both_seen constant text := 'EXISTS (SELECT FROM org.organization o WHERE o.id = a_id) AND EXISTS (SELECT FROM org.organization o WHERE o.id = b_id)';
  may constant text := '(SELECT app.may(''organization.update''))';
BEGIN
  EXECUTE format('CREATE POLICY app_select ON org.distinct_pair FOR SELECT TO gongxie_app USING (%s)', both_seen);
  EXECUTE format('CREATE POLICY app_insert ON org.distinct_pair FOR INSERT TO gongxie_app WITH CHECK (%s AND %s)', may, both_seen);
  EXECUTE format('CREATE POLICY app_update ON org.distinct_pair FOR UPDATE TO gongxie_app USING (%s AND %s) WITH CHECK (%s AND %s)', may, both_seen, may, both_seen);
END $$;
CREATE POLICY app_delete ON org.distinct_pair FOR DELETE TO gongxie_app USING (false);
CREATE POLICY system_all ON org.distinct_pair FOR ALL TO gongxie_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON org.distinct_pair TO gongxie_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON org.distinct_pair TO gongxie_system;
