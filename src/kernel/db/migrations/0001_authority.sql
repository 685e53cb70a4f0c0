-- Authority in the database. Two roles that can log in nowhere and own nothing:
--   gongxie_app     what a request runs as; row security decides what it sees
--   gongxie_system  what sign-in, jobs and the operator's command line run as; sees all rows by explicit policy
-- The owner of the tables migrates and does nothing else.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gongxie_app') THEN
    CREATE ROLE gongxie_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gongxie_system') THEN
    CREATE ROLE gongxie_system NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  END IF;
END $$;
DO $$
BEGIN
  EXECUTE format('GRANT gongxie_app, gongxie_system TO %I', current_user);
END $$;

CREATE SCHEMA app;
CREATE SCHEMA auth;
CREATE SCHEMA org;
CREATE SCHEMA audit;
CREATE SCHEMA reports;
CREATE SCHEMA imports;
GRANT USAGE ON SCHEMA app, auth, org, audit, reports, imports TO gongxie_app, gongxie_system;

-- The actor of a transaction is a handful of settings made with SET LOCAL. A setting that was used before in
-- the same connection comes back as '' and not as NULL: both mean "nobody", and nobody sees nothing.
CREATE FUNCTION app.scope_low() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.scope_low', true), '') $$;
CREATE FUNCTION app.scope_high() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.scope_high', true), '') $$;
CREATE FUNCTION app.actor_id() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.actor_id', true), '')::integer $$;
CREATE FUNCTION app.actor_name() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('app.actor_name', true), ''), session_user::text) $$;
-- Permissions arrive as ',a.read,b.write,': one string, one look.
CREATE FUNCTION app.may(permission text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(position(',' || permission || ',' IN current_setting('app.permissions', true)) > 0, false) $$;

-- Pieces of one and two characters of a name. A GIN index over them finds any part of a Chinese name, also of
-- two characters, where trigrams find nothing, and needs no extension and no particular locale.
CREATE FUNCTION app.grams(value text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$
  SELECT coalesce(array_agg(DISTINCT g), '{}')
  FROM (
    SELECT substr(lower(value), i, 1) AS g FROM generate_series(1, length(value)) AS i
    UNION ALL
    SELECT substr(lower(value), i, 2) FROM generate_series(1, length(value) - 1) AS i
  ) AS pieces
  WHERE g !~ '^\s*$'
$$;

-- Every business table is protected by this one procedure, so that all are protected alike:
-- row security on and forced, one policy per command, grants for exactly those commands.
-- The table must have org_path text COLLATE "C": the path of the organisation that the row belongs to.
CREATE PROCEDURE app.protect(target regclass, read_permission text, write_permission text) LANGUAGE plpgsql AS
$$
DECLARE
  inside text := 'org_path >= (SELECT app.scope_low()) AND org_path < (SELECT app.scope_high())';
  may_write text := format('(SELECT app.may(%L))', write_permission);
  may_read text := format('(SELECT app.may(%L))', read_permission);
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY app_select ON %s FOR SELECT TO gongxie_app USING (%s AND %s)', target, inside, may_read);
  EXECUTE format('CREATE POLICY app_insert ON %s FOR INSERT TO gongxie_app WITH CHECK (%s AND %s)', target, inside, may_write);
  EXECUTE format('CREATE POLICY app_update ON %s FOR UPDATE TO gongxie_app USING (%s AND %s) WITH CHECK (%s AND %s)', target, inside, may_write, inside, may_write);
  EXECUTE format('CREATE POLICY app_delete ON %s FOR DELETE TO gongxie_app USING (%s AND %s)', target, inside, may_write);
  EXECUTE format('CREATE POLICY system_all ON %s FOR ALL TO gongxie_system USING (true) WITH CHECK (true)', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO gongxie_app, gongxie_system', target);
END $$;

-- Reference data: everybody who is signed in reads it, only the system writes it, unless a write permission is given.
-- What concerns everybody is written by who stands at the root of the tree: the permission alone, held in a district,
-- is not enough.
CREATE PROCEDURE app.publish(target regclass, write_permission text DEFAULT NULL) LANGUAGE plpgsql AS
$$
DECLARE
  may_write text := CASE WHEN write_permission IS NULL THEN 'false' ELSE format('(SELECT app.may(%L) AND app.scope_low() ~ ''^[0-9]+[.]$'')', write_permission) END;
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY app_select ON %s FOR SELECT TO gongxie_app USING ((SELECT app.actor_id()) IS NOT NULL)', target);
  EXECUTE format('CREATE POLICY app_insert ON %s FOR INSERT TO gongxie_app WITH CHECK (%s)', target, may_write);
  EXECUTE format('CREATE POLICY app_update ON %s FOR UPDATE TO gongxie_app USING (%s) WITH CHECK (%s)', target, may_write, may_write);
  EXECUTE format('CREATE POLICY app_delete ON %s FOR DELETE TO gongxie_app USING (%s)', target, may_write);
  EXECUTE format('CREATE POLICY system_all ON %s FOR ALL TO gongxie_system USING (true) WITH CHECK (true)', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO gongxie_app, gongxie_system', target);
END $$;

-- Tables that only the system touches: accounts, sessions, keys of repeated requests.
CREATE PROCEDURE app.seal(target regclass) LANGUAGE plpgsql AS
$$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY system_all ON %s FOR ALL TO gongxie_system USING (true) WITH CHECK (true)', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO gongxie_system', target);
END $$;

-- What changed, in the transaction of the change. A creation keeps no copy (the row is there); an update keeps
-- {field: [before, after]}; a deletion keeps the whole row. History cannot be altered: no policy allows it.
CREATE TABLE audit.change (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor_id integer,
  actor_name text NOT NULL,
  operation text NOT NULL,
  entity text NOT NULL,
  record_id bigint NOT NULL,
  org_path text COLLATE "C" NOT NULL,
  action text NOT NULL CONSTRAINT change_action CHECK (action IN ('create', 'update', 'delete')),
  changes jsonb,
  reason text,
  basis text,
  batch_id bigint
);
CREATE INDEX change_record ON audit.change (entity, record_id, id);
CREATE INDEX change_batch ON audit.change (batch_id) WHERE batch_id IS NOT NULL;
ALTER TABLE audit.change ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.change FORCE ROW LEVEL SECURITY;
CREATE POLICY app_select ON audit.change FOR SELECT TO gongxie_app
  USING (org_path >= (SELECT app.scope_low()) AND org_path < (SELECT app.scope_high()));
CREATE POLICY app_insert ON audit.change FOR INSERT TO gongxie_app
  WITH CHECK (actor_id = (SELECT app.actor_id()));
CREATE POLICY app_update ON audit.change FOR UPDATE TO gongxie_app USING (false);
CREATE POLICY app_delete ON audit.change FOR DELETE TO gongxie_app USING (false);
CREATE POLICY system_select ON audit.change FOR SELECT TO gongxie_system USING (true);
CREATE POLICY system_insert ON audit.change FOR INSERT TO gongxie_system WITH CHECK (true);
GRANT SELECT, INSERT ON audit.change TO gongxie_app, gongxie_system;

-- Trigger arguments: name of the entity, then columns that are derived and not worth a line of history.
CREATE FUNCTION audit.track() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
  quiet text[] := TG_ARGV[1:];
  before jsonb; after jsonb; diff jsonb;
  subject bigint; path text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    subject := (to_jsonb(NEW) ->> 'id')::bigint; path := NEW.org_path;
  ELSIF TG_OP = 'UPDATE' THEN
    before := to_jsonb(OLD); after := to_jsonb(NEW);
    SELECT jsonb_object_agg(key, jsonb_build_array(before -> key, value)) INTO diff
    FROM jsonb_each(after)
    WHERE value IS DISTINCT FROM before -> key
      AND key NOT IN ('version', 'updated_at', 'name_grams', 'org_path') AND NOT key = ANY (quiet);
    IF diff IS NULL THEN RETURN NULL; END IF;
    subject := (after ->> 'id')::bigint; path := NEW.org_path;
  ELSE
    diff := to_jsonb(OLD); subject := (diff ->> 'id')::bigint; path := OLD.org_path;
  END IF;
  INSERT INTO audit.change (actor_id, actor_name, operation, entity, record_id, org_path, action, changes, reason, basis, batch_id)
  VALUES (app.actor_id(), app.actor_name(),
          coalesce(nullif(current_setting('app.operation', true), ''), 'database'),
          TG_ARGV[0], subject, path, lower(CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE TG_OP END), diff,
          nullif(current_setting('app.reason', true), ''), nullif(current_setting('app.basis', true), ''),
          nullif(current_setting('app.batch', true), '')::bigint);
  RETURN NULL;
END $$;

-- Optimistic concurrency: every update raises the version that If-Match compares.
CREATE FUNCTION app.raise_version() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.version := OLD.version + 1; RETURN NEW; END $$;

-- Values that a law leaves open or that we could not verify: data with validity, source and a doubt that is shown.
CREATE TABLE app.setting (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version integer NOT NULL DEFAULT 1,
  key text NOT NULL,
  value jsonb NOT NULL,
  label text NOT NULL,
  unit text,
  valid_from date NOT NULL DEFAULT '1900-01-01',
  valid_to date,
  source text NOT NULL,
  unsure boolean NOT NULL DEFAULT false,
  org_path text COLLATE "C" NOT NULL DEFAULT '1.',
  CONSTRAINT setting_once UNIQUE (key, valid_from)
);
CALL app.publish('app.setting', 'setting.update');
CREATE TRIGGER setting_version BEFORE UPDATE ON app.setting FOR EACH ROW EXECUTE FUNCTION app.raise_version();
CREATE TRIGGER setting_track AFTER INSERT OR UPDATE OR DELETE ON app.setting FOR EACH ROW EXECUTE FUNCTION audit.track('app.setting');

-- A repeated request with the same key gets the first answer again.
CREATE TABLE app.idempotency (
  actor_id integer NOT NULL,
  operation text NOT NULL,
  key text NOT NULL,
  request_hash text NOT NULL,
  status integer NOT NULL,
  response text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (actor_id, operation, key)
);
ALTER TABLE app.idempotency ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.idempotency FORCE ROW LEVEL SECURITY;
CREATE POLICY app_select ON app.idempotency FOR SELECT TO gongxie_app USING (actor_id = (SELECT app.actor_id()));
CREATE POLICY app_insert ON app.idempotency FOR INSERT TO gongxie_app WITH CHECK (actor_id = (SELECT app.actor_id()));
CREATE POLICY app_update ON app.idempotency FOR UPDATE TO gongxie_app USING (false);
CREATE POLICY app_delete ON app.idempotency FOR DELETE TO gongxie_app USING (false);
CREATE POLICY system_all ON app.idempotency FOR ALL TO gongxie_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON app.idempotency TO gongxie_app;
GRANT SELECT, INSERT, DELETE ON app.idempotency TO gongxie_system;

-- Days are days in Chongqing, whatever the server's clock is set to.
CREATE FUNCTION app.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date $$;
