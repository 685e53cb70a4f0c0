-- One trail. What was changed and what was done stand in one table, each line written in the transaction of the act and
-- never touched again. audit.change stays as the part that says what was changed; its readers and writers keep their words.

-- Who is one setting, 'post|role|organisation|session|address', so that a request sets one thing and not five.
CREATE FUNCTION app.who(part integer) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(split_part(current_setting('app.who', true), '|', part), '') $$;

ALTER TABLE audit.change RENAME TO change_before;
DROP INDEX audit.change_record, audit.change_batch;
CREATE SEQUENCE audit.entry_id;
CREATE TABLE audit.entry (
  id bigint NOT NULL DEFAULT nextval('audit.entry_id'),
  -- The database's clock: when the transaction began.
  at timestamptz NOT NULL DEFAULT now(),
  kind text NOT NULL DEFAULT 'change' CONSTRAINT entry_kind CHECK (kind IN ('change', 'act')),
  actor_id integer DEFAULT app.actor_id(),
  actor_name text NOT NULL DEFAULT app.actor_name(),
  post_id integer DEFAULT app.who(1)::integer,
  role text DEFAULT app.who(2),
  -- Not organization_id: a move carries the paths of tables that have one, and the trail stays as it was.
  actor_organization_id integer DEFAULT app.who(3)::integer,
  -- Which session, without being one.
  session text DEFAULT app.who(4),
  address text DEFAULT app.who(5),
  operation text NOT NULL DEFAULT coalesce(nullif(current_setting('app.operation', true), ''), 'database'),
  entity text,
  record_id bigint,
  -- Of the record; of the actor where there is no record; empty for what the platform did by itself.
  org_path text COLLATE "C" NOT NULL,
  action text NOT NULL,
  changes jsonb,
  detail jsonb,
  result text NOT NULL DEFAULT 'done' CONSTRAINT entry_result CHECK (result IN ('done', 'refused', 'failed')),
  -- Why it was refused, as a Problem names it.
  code text,
  reason text DEFAULT nullif(current_setting('app.reason', true), ''),
  basis text DEFAULT nullif(current_setting('app.basis', true), ''),
  batch_id bigint DEFAULT nullif(current_setting('app.batch', true), '')::bigint,
  -- The matter in whose course it happened, and the clause that it follows.
  matter text DEFAULT nullif(current_setting('app.matter', true), ''),
  clause text DEFAULT nullif(current_setting('app.clause', true), ''),
  -- A uuid, because row security lets only what tells nothing use an index, and md5() is not trusted with that.
  reason_key uuid GENERATED ALWAYS AS (md5(reason)::uuid) STORED,
  CONSTRAINT entry_action CHECK (kind <> 'change' OR action IN ('create', 'update', 'delete') AND entity IS NOT NULL AND record_id IS NOT NULL),
  CONSTRAINT entry_pkey PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
-- In exactly the orders of the auditor's search, newest first.
CREATE INDEX entry_at ON audit.entry (at, id);
CREATE INDEX entry_record ON audit.entry (entity, record_id, id);
CREATE INDEX entry_actor ON audit.entry (actor_id, at, id);
CREATE INDEX entry_operation ON audit.entry (operation, at, id);
CREATE INDEX entry_place ON audit.entry (org_path, at, id);
CREATE INDEX entry_refused ON audit.entry (result, at, id) WHERE result <> 'done';
CREATE INDEX entry_reason ON audit.entry (reason_key, at, id) WHERE reason_key IS NOT NULL;
CREATE INDEX entry_batch ON audit.entry (batch_id) WHERE batch_id IS NOT NULL;

ALTER TABLE audit.entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.entry FORCE ROW LEVEL SECURITY;
-- History belongs to whoever sees the record; who signed in, was refused or took data away is for the auditor alone.
CREATE POLICY app_select ON audit.entry FOR SELECT TO gongxie_app
  USING ((kind = 'change' OR (SELECT app.may('audit.read'))) AND org_path >= app.scope_low() AND org_path < app.scope_high());
CREATE POLICY city_select ON audit.entry FOR SELECT TO gongxie_city
  USING ((SELECT app.sees_all()) AND (kind = 'change' OR (SELECT app.may('audit.read'))));
CREATE POLICY app_insert ON audit.entry FOR INSERT TO gongxie_app WITH CHECK (actor_id = (SELECT app.actor_id()));
CREATE POLICY app_update ON audit.entry FOR UPDATE TO gongxie_app USING (false);
CREATE POLICY app_delete ON audit.entry FOR DELETE TO gongxie_app USING (false);
CREATE POLICY system_select ON audit.entry FOR SELECT TO gongxie_system USING (true);
CREATE POLICY system_insert ON audit.entry FOR INSERT TO gongxie_system WITH CHECK (true);
GRANT SELECT, INSERT ON audit.entry TO gongxie_app, gongxie_system;
GRANT USAGE, SELECT ON SEQUENCE audit.entry_id TO gongxie_app, gongxie_system;

-- Nobody edits the trail, also its owner does not by mistake: neither rows nor whole tables, and not in a session that
-- replays for replication. Only a month that was archived goes, as a whole (docs/audit.md).
CREATE FUNCTION audit.stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the trail is only ever added to' USING ERRCODE = 'insufficient_privilege'; END $$;

-- A month, as it is counted here, is a table of its own, so that archiving it is a drop. What no month was opened for
-- (a clock that jumped) falls into entry_other and is never lost.
CREATE PROCEDURE audit.keep(target regclass) LANGUAGE plpgsql AS
$$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY system_select ON %s FOR SELECT TO gongxie_system USING (true)', target);
  EXECUTE format('CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION audit.stays()', target);
  EXECUTE format('CREATE TRIGGER stays_whole BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION audit.stays()', target);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER stays', target);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER stays_whole', target);
END $$;
CREATE TABLE audit.entry_other PARTITION OF audit.entry DEFAULT;
CALL audit.keep('audit.entry_other');
CREATE PROCEDURE audit.open_months(first date, last date) LANGUAGE plpgsql AS
$$
DECLARE
  month date := date_trunc('month', first);
  name text; low timestamptz; high timestamptz; strayed boolean;
BEGIN
  WHILE month <= last LOOP
    name := 'entry_' || to_char(month, 'YYYY_MM');
    low := month::timestamp AT TIME ZONE 'Asia/Shanghai';
    high := (month + interval '1 month') AT TIME ZONE 'Asia/Shanghai';
    SELECT EXISTS (SELECT FROM audit.entry_other o WHERE o.at >= low AND o.at < high) INTO strayed;
    IF to_regclass('audit.' || name) IS NULL AND NOT strayed THEN
      EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.entry FOR VALUES FROM (%L) TO (%L)', name, low, high);
      EXECUTE format('CALL audit.keep(%L)', 'audit.' || name);
    END IF;
    month := month + interval '1 month';
  END LOOP;
END $$;
CREATE TRIGGER stays_whole BEFORE TRUNCATE ON audit.entry FOR EACH STATEMENT EXECUTE FUNCTION audit.stays();
ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER stays_whole;

-- The history there was comes along, with its numbers.
DO $$
DECLARE
  oldest date := (SELECT min(at) AT TIME ZONE 'Asia/Shanghai' FROM audit.change_before)::date;
BEGIN
  CALL audit.open_months(coalesce(oldest, app.today()), (app.today() + interval '3 months')::date);
END $$;
INSERT INTO audit.entry (id, at, actor_id, actor_name, post_id, role, actor_organization_id, session, address, operation, entity, record_id, org_path, action, changes, reason, basis, batch_id, matter, clause)
SELECT id, at, actor_id, actor_name, NULL, NULL, NULL, NULL, NULL, operation, entity, record_id, org_path, action, changes, reason, basis, batch_id, NULL, NULL FROM audit.change_before ORDER BY id;
SELECT setval('audit.entry_id', greatest((SELECT max(id) FROM audit.entry), 1), EXISTS (SELECT FROM audit.entry));
DROP TABLE audit.change_before;

CREATE VIEW audit.change WITH (security_invoker = true) AS
  SELECT id, at, actor_id, actor_name, operation, entity, record_id, org_path, action, changes, reason, basis, batch_id, post_id, role, actor_organization_id, session, address, matter, clause
  FROM audit.entry WHERE kind = 'change';
GRANT SELECT, INSERT ON audit.change TO gongxie_app, gongxie_system;

-- What is sensitive, said once. `masked` is already hidden when the line is written; what is not masked stands in full
-- because the undo of an import restores from it, and is hidden from whoever reads the trail.
CREATE TABLE audit.sensitive (
  entity text NOT NULL,
  field text NOT NULL,
  class text NOT NULL CONSTRAINT sensitive_class CHECK (class IN ('phone', 'identity', 'secret')),
  masked boolean NOT NULL DEFAULT true,
  PRIMARY KEY (entity, field)
);
CALL app.publish('audit.sensitive');
INSERT INTO audit.sensitive (entity, field, class, masked) VALUES
  ('auth.person', 'phone', 'phone', true), ('auth.person', 'mobile', 'phone', true), ('auth.person', 'identity_number', 'identity', true),
  ('auth.person', 'id_number', 'identity', true), ('org.organization', 'contact_phone', 'phone', false);

CREATE FUNCTION audit.hidden(of_entity text) RETURNS jsonb LANGUAGE sql STABLE AS
$$ SELECT jsonb_object_agg(field, class) FROM audit.sensitive WHERE entity = of_entity AND masked $$;
CREATE FUNCTION audit.veil(class text, value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$
  SELECT CASE WHEN value IS NULL THEN NULL
    WHEN class = 'phone' AND length(value) >= 8 THEN left(value, 3) || '****' || right(value, 4)
    WHEN class = 'identity' AND length(value) >= 15 THEN left(value, 4) || repeat('*', length(value) - 6) || right(value, 2)
    ELSE '***' END
$$;
-- {field: [before, after]} or {field: value}, with the fields of `hidden` ({field: class}) made unreadable.
CREATE FUNCTION audit.masked(changes jsonb, hidden jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$
  SELECT CASE WHEN hidden IS NULL OR NOT changes ?| ARRAY(SELECT jsonb_object_keys(hidden)) THEN changes ELSE (
    SELECT jsonb_object_agg(c.key, CASE
      WHEN NOT hidden ? c.key THEN c.value
      WHEN jsonb_typeof(c.value) = 'array' THEN jsonb_build_array(audit.veil(hidden ->> c.key, c.value ->> 0), audit.veil(hidden ->> c.key, c.value ->> 1))
      ELSE coalesce(to_jsonb(audit.veil(hidden ->> c.key, c.value #>> '{}')), 'null') END)
    FROM jsonb_each(changes) c) END
$$;

-- As in 0030, with what is sensitive masked, and the transaction told that it has left a line.
CREATE OR REPLACE FUNCTION audit.track() RETURNS trigger LANGUAGE plpgsql AS
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
  IF diff IS NOT NULL THEN diff := audit.masked(diff, audit.hidden(TG_ARGV[0])); END IF;
  INSERT INTO audit.change (entity, record_id, org_path, action, changes)
  VALUES (TG_ARGV[0], subject, path, lower(CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE TG_OP END), diff);
  PERFORM set_config('app.traced', '1', true);
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION audit.track_statement() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop TO off AS
$$
DECLARE
  quiet text[] := TG_ARGV[1:];
  hidden jsonb;
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO audit.change (entity, record_id, org_path, action)
    SELECT TG_ARGV[0], n.id, n.org_path, 'create' FROM new_rows n;
  ELSIF TG_OP = 'UPDATE' THEN
    hidden := audit.hidden(TG_ARGV[0]);
    INSERT INTO audit.change (entity, record_id, org_path, action, changes)
    SELECT TG_ARGV[0], c.id, c.org_path, 'update', CASE WHEN hidden IS NULL THEN c.diff ELSE audit.masked(c.diff, hidden) END
    FROM (
      SELECT n.id, n.org_path, (
        SELECT jsonb_object_agg(a.key, jsonb_build_array(r.before -> a.key, a.value))
        FROM (SELECT to_jsonb(o) AS before, to_jsonb(n) AS after) r, jsonb_each(r.after) a
        WHERE a.value IS DISTINCT FROM r.before -> a.key
          AND a.key NOT IN ('version', 'updated_at', 'name_grams', 'org_path') AND NOT a.key = ANY (quiet)) AS diff
      FROM old_rows o JOIN new_rows n ON n.id = o.id
    ) c WHERE c.diff IS NOT NULL;
  ELSE
    hidden := audit.hidden(TG_ARGV[0]);
    INSERT INTO audit.change (entity, record_id, org_path, action, changes)
    SELECT TG_ARGV[0], o.id, o.org_path, 'delete', CASE WHEN hidden IS NULL THEN to_jsonb(o) ELSE audit.masked(to_jsonb(o), hidden) END FROM old_rows o;
  END IF;
  IF FOUND THEN PERFORM set_config('app.traced', '1', true); END IF;
  RETURN NULL;
END $$;

-- An act beside the changes. A function, so that an act that cannot be written is known by its name (failure.ts).
CREATE FUNCTION audit.record(act jsonb) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
  INSERT INTO audit.entry (kind, actor_id, actor_name, post_id, role, actor_organization_id, session, address, operation, entity, record_id, org_path, action, detail, result, code, reason, basis)
  VALUES ('act', (act ->> 'actorId')::integer, coalesce(act ->> 'actorName', app.actor_name()), (act ->> 'postId')::integer, act ->> 'role', (act ->> 'organizationId')::integer,
    act ->> 'session', act ->> 'address', act ->> 'operation', act ->> 'entity', (act ->> 'recordId')::bigint, coalesce(act ->> 'orgPath', ''), act ->> 'action',
    CASE WHEN jsonb_typeof(act -> 'detail') = 'object' THEN act -> 'detail' END, coalesce(act ->> 'result', 'done'), act ->> 'code', act ->> 'reason', act ->> 'basis');
END $$;
-- What changed something leaves at least one line: where no trigger has written one, the act itself is it.
CREATE FUNCTION audit.record_untraced(act jsonb) RETURNS void LANGUAGE plpgsql AS
$$ BEGIN IF coalesce(current_setting('app.traced', true), '') <> '1' THEN PERFORM audit.record(act); END IF; END $$;
