-- History of tables that are written thousands of rows at a time: one statement writes its lines by one statement.
-- A trigger for each row took as long as the row itself. Both ways write the same lines.

-- Who, when, in which act and why are defaults of the history's columns: whoever writes a line says what changed, and
-- cannot forget or forge the rest. A further column of that kind is a further default.
ALTER TABLE audit.change
  ALTER actor_id SET DEFAULT app.actor_id(),
  ALTER actor_name SET DEFAULT app.actor_name(),
  ALTER operation SET DEFAULT coalesce(nullif(current_setting('app.operation', true), ''), 'database'),
  ALTER reason SET DEFAULT nullif(current_setting('app.reason', true), ''),
  ALTER basis SET DEFAULT nullif(current_setting('app.basis', true), ''),
  ALTER batch_id SET DEFAULT nullif(current_setting('app.batch', true), '')::bigint;

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
  INSERT INTO audit.change (entity, record_id, org_path, action, changes)
  VALUES (TG_ARGV[0], subject, path, lower(CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE TG_OP END), diff);
  RETURN NULL;
END $$;

-- The same for all rows of a statement. Old and new rows are matched by their id; never by a nested loop, which a plan
-- made for one row would keep for sixteen thousand.
CREATE FUNCTION audit.track_statement() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop TO off AS
$$
DECLARE
  quiet text[] := TG_ARGV[1:];
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO audit.change (entity, record_id, org_path, action)
    SELECT TG_ARGV[0], n.id, n.org_path, 'create' FROM new_rows n;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO audit.change (entity, record_id, org_path, action, changes)
    SELECT TG_ARGV[0], c.id, c.org_path, 'update', c.diff
    FROM (
      SELECT n.id, n.org_path, (
        SELECT jsonb_object_agg(a.key, jsonb_build_array(r.before -> a.key, a.value))
        FROM (SELECT to_jsonb(o) AS before, to_jsonb(n) AS after) r, jsonb_each(r.after) a
        WHERE a.value IS DISTINCT FROM r.before -> a.key
          AND a.key NOT IN ('version', 'updated_at', 'name_grams', 'org_path') AND NOT a.key = ANY (quiet)) AS diff
      FROM old_rows o JOIN new_rows n ON n.id = o.id
    ) c WHERE c.diff IS NOT NULL;
  ELSE
    INSERT INTO audit.change (entity, record_id, org_path, action, changes)
    SELECT TG_ARGV[0], o.id, o.org_path, 'delete', to_jsonb(o) FROM old_rows o;
  END IF;
  RETURN NULL;
END $$;

-- CALL audit.follow('energy.monthly_2025', 'region_id'): the table's name is the entity's, then columns that are derived.
CREATE PROCEDURE audit.follow(target regclass, VARIADIC quiet text[] DEFAULT '{}') LANGUAGE plpgsql AS
$$
DECLARE
  name text := (SELECT relname FROM pg_class WHERE oid = target);
  named text := (SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = target);
  run text;
BEGIN
  SELECT 'EXECUTE FUNCTION audit.track_statement(' || string_agg(quote_literal(a), ', ') || ')' INTO run FROM unnest(named || quiet) AS a;
  EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT %s', name || '_created', target, run);
  EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT %s', name || '_changed', target, run);
  EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT %s', name || '_deleted', target, run);
END $$;
