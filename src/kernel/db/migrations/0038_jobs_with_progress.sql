-- Long work as people see it: what it is, how far, what came of it. The queue itself is pg-boss's; this row is written in
-- the transaction that enqueues, and by the worker while it works.
CREATE TABLE app.job (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  label text NOT NULL,
  state text NOT NULL DEFAULT 'queued' CONSTRAINT job_state CHECK (state IN ('queued', 'running', 'cancelling', 'done', 'cancelled', 'failed')),
  -- of `total` steps; 0 of 0 while nobody knows how many there are
  done integer NOT NULL DEFAULT 0,
  total integer NOT NULL DEFAULT 0,
  -- what is being done now, in words
  step text,
  result jsonb,
  problem jsonb,
  -- whoever holds them within the scope sees the job, and may ask for its end
  read_permission text NOT NULL,
  cancel_permission text NOT NULL,
  org_path text COLLATE "C" NOT NULL,
  by_id integer, by_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  cancel_asked_at timestamptz,
  cancel_asked_by_name text
);
CREATE INDEX job_kind ON app.job (kind, id DESC);
ALTER TABLE app.job ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.job FORCE ROW LEVEL SECURITY;
DO $$
DECLARE
  seen constant text := 'org_path >= app.scope_low() AND org_path < app.scope_high() AND app.may(read_permission)';
  mine constant text := 'org_path >= app.scope_low() AND org_path < app.scope_high() AND app.may(cancel_permission)';
BEGIN
  EXECUTE format('CREATE POLICY app_select ON app.job FOR SELECT TO gongxie_app USING (%s)', seen);
  EXECUTE format('CREATE POLICY app_insert ON app.job FOR INSERT TO gongxie_app WITH CHECK (%s AND by_id = (SELECT app.actor_id()))', mine);
  EXECUTE format('CREATE POLICY app_update ON app.job FOR UPDATE TO gongxie_app USING (%s) WITH CHECK (%s)', mine, mine);
END $$;
CREATE POLICY app_delete ON app.job FOR DELETE TO gongxie_app USING (false);
CREATE POLICY system_all ON app.job FOR ALL TO gongxie_system USING (true) WITH CHECK (true);
-- A person asks for the end of it; how far it is and what came of it is the worker's to say.
GRANT SELECT, INSERT, UPDATE (cancel_asked_at, cancel_asked_by_name) ON app.job TO gongxie_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.job TO gongxie_system;
