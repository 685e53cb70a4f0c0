-- Backups: when they run and how many are kept, what was asked for and what came of it. The folder of backups itself is
-- the truth about which exist; this is what people decide and what the keeper reports.
CREATE TABLE app.backup_plan (
  id integer PRIMARY KEY DEFAULT 1 CONSTRAINT backup_plan_one CHECK (id = 1),
  version integer NOT NULL DEFAULT 1,
  daily_at text NOT NULL DEFAULT '02:30' CONSTRAINT backup_plan_daily_at CHECK (daily_at ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  keep integer NOT NULL DEFAULT 7 CONSTRAINT backup_plan_keep CHECK (keep BETWEEN 1 AND 400),
  org_path text COLLATE "C" NOT NULL DEFAULT '1.'
);
CREATE TABLE app.backup_run (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CONSTRAINT backup_run_kind CHECK (kind IN ('backup', 'verify')),
  reason text NOT NULL CONSTRAINT backup_run_reason CHECK (reason IN ('scheduled', 'asked')),
  state text NOT NULL DEFAULT 'asked' CONSTRAINT backup_run_state CHECK (state IN ('asked', 'running', 'done', 'failed')),
  asked_by text NOT NULL DEFAULT app.actor_name(),
  asked_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  ended_at timestamptz,
  done bigint NOT NULL DEFAULT 0,
  total bigint NOT NULL DEFAULT 0,
  backup text,
  size bigint,
  problem text,
  org_path text COLLATE "C" NOT NULL DEFAULT '1.'
);
-- One of a kind waits or runs at a time, however often and from however many pages it is asked for.
CREATE UNIQUE INDEX backup_run_once ON app.backup_run (kind) WHERE state IN ('asked', 'running');
-- What the process that keeps the log saw last.
CREATE TABLE app.backup_keeper (
  id integer PRIMARY KEY DEFAULT 1 CONSTRAINT backup_keeper_one CHECK (id = 1),
  seen_at timestamptz,
  place text,
  embedded boolean,
  key_id text,
  key_file text,
  same_disk boolean,
  free_bytes bigint,
  shipped_at timestamptz,
  waiting integer NOT NULL DEFAULT 0,
  trouble text,
  trouble_at timestamptz
);
CALL app.seal('app.backup_keeper');

-- Operating the system is an office of the whole city: the permission alone, held in a district, is not enough.
DO $$
DECLARE
  target regclass;
  may constant text := '(SELECT app.may(''system.operate'') AND app.scope_low() ~ ''^[0-9]+[.]$'')';
BEGIN
  FOREACH target IN ARRAY ARRAY['app.backup_plan', 'app.backup_run']::regclass[] LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY app_select ON %s FOR SELECT TO gongxie_app USING (%s)', target, may);
    EXECUTE format('CREATE POLICY app_insert ON %s FOR INSERT TO gongxie_app WITH CHECK (%s)', target, may);
    EXECUTE format('CREATE POLICY app_update ON %s FOR UPDATE TO gongxie_app USING (%s) WITH CHECK (%s)', target, may, may);
    EXECUTE format('CREATE POLICY app_delete ON %s FOR DELETE TO gongxie_app USING (false)', target);
    EXECUTE format('CREATE POLICY system_all ON %s FOR ALL TO gongxie_system USING (true) WITH CHECK (true)', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO gongxie_app', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO gongxie_system', target);
  END LOOP;
END $$;
CREATE TRIGGER backup_plan_version BEFORE UPDATE ON app.backup_plan FOR EACH ROW EXECUTE FUNCTION app.raise_version();
CREATE TRIGGER backup_plan_track AFTER INSERT OR UPDATE OR DELETE ON app.backup_plan FOR EACH ROW EXECUTE FUNCTION audit.track('app.backup_plan');
-- Whoever asks for a backup is in the history; what the keeper writes about its progress is not worth a line.
CREATE TRIGGER backup_run_track AFTER INSERT ON app.backup_run FOR EACH ROW EXECUTE FUNCTION audit.track('app.backup_run');
INSERT INTO app.backup_plan DEFAULT VALUES;
INSERT INTO app.backup_keeper DEFAULT VALUES;
