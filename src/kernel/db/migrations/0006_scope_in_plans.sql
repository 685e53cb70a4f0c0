-- Scope that the planner understands. A sub-select is a value that no plan can know: PostgreSQL guesses one row in two
-- hundred for every range of it, and reads the whole city by the index of paths where a filter would have found a page.
-- A stable function is estimated with the actor's own scope, and is still one range of the index.
CREATE PROCEDURE app.revise_scope() LANGUAGE plpgsql AS
$$
DECLARE
  p record;
  told text;
  low constant text := '( SELECT app.scope_low() AS scope_low)';
  high constant text := '( SELECT app.scope_high() AS scope_high)';
  inside constant text := '(org_path >= app.scope_low()) AND (org_path < app.scope_high())';
BEGIN
  FOR p IN SELECT * FROM pg_policies WHERE 'gongxie_app' = ANY (roles) AND strpos(coalesce(qual, '') || coalesce(with_check, ''), low) > 0 LOOP
    told := format('ALTER POLICY %I ON %I.%I', p.policyname, p.schemaname, p.tablename);
    IF p.qual IS NOT NULL THEN told := told || format(' USING (%s)', replace(replace(p.qual, low, 'app.scope_low()'), high, 'app.scope_high()')); END IF;
    IF p.with_check IS NOT NULL THEN told := told || format(' WITH CHECK (%s)', replace(replace(p.with_check, low, 'app.scope_low()'), high, 'app.scope_high()')); END IF;
    EXECUTE told;
  END LOOP;
  -- Who stands at the root sees every row: nothing is to be compared row by row. Policies are asked in the reverse order
  -- of their names: this one first, and then the other not at all.
  FOR p IN SELECT * FROM pg_policies a WHERE policyname = 'app_select' AND strpos(qual, inside) > 0
    AND NOT EXISTS (SELECT FROM pg_policies c WHERE c.schemaname = a.schemaname AND c.tablename = a.tablename AND c.policyname = 'city_select')
  LOOP
    EXECUTE format('CREATE POLICY city_select ON %I.%I FOR SELECT TO gongxie_city USING (%s)', p.schemaname, p.tablename,
      replace(p.qual, inside, '(SELECT app.sees_all())'));
  END LOOP;
END $$;

-- What a request of somebody at the root runs as: the app, with reading that asks once a statement instead of once a row.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gongxie_city') THEN
    CREATE ROLE gongxie_city NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE INHERIT;
  END IF;
  IF NOT pg_has_role('gongxie_city', 'gongxie_app', 'USAGE') THEN GRANT gongxie_app TO gongxie_city; END IF;
  EXECUTE format('GRANT gongxie_city TO %I', current_user);
END $$;
CREATE FUNCTION app.sees_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('app.scope_low', true) ~ '^[0-9]+[.]$', false) $$;

CREATE OR REPLACE PROCEDURE app.protect(target regclass, read_permission text, write_permission text) LANGUAGE plpgsql AS
$$
DECLARE
  inside text := 'org_path >= app.scope_low() AND org_path < app.scope_high()';
  may_write text := format('(SELECT app.may(%L))', write_permission);
  may_read text := format('(SELECT app.may(%L))', read_permission);
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY app_select ON %s FOR SELECT TO gongxie_app USING (%s AND %s)', target, inside, may_read);
  EXECUTE format('CREATE POLICY city_select ON %s FOR SELECT TO gongxie_city USING ((SELECT app.sees_all()) AND %s)', target, may_read);
  EXECUTE format('CREATE POLICY app_insert ON %s FOR INSERT TO gongxie_app WITH CHECK (%s AND %s)', target, inside, may_write);
  EXECUTE format('CREATE POLICY app_update ON %s FOR UPDATE TO gongxie_app USING (%s AND %s) WITH CHECK (%s AND %s)', target, inside, may_write, inside, may_write);
  EXECUTE format('CREATE POLICY app_delete ON %s FOR DELETE TO gongxie_app USING (%s AND %s)', target, inside, may_write);
  EXECUTE format('CREATE POLICY system_all ON %s FOR ALL TO gongxie_system USING (true) WITH CHECK (true)', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO gongxie_app, gongxie_system', target);
END $$;
CALL app.revise_scope();

-- Counting what a filter finds reads the index alone, also under row security.
DROP INDEX org.organization_region_category;
CREATE INDEX organization_region_category ON org.organization (region_id, category, id) INCLUDE (org_path);

-- Search by part of a name. Under row security PostgreSQL asks its own policy first and any operator that might tell
-- what it saw afterwards: the index of pieces is never used. This function finds candidates as the system, within the
-- actor's scope, and tells ids; row security decides about the rows behind them.
CREATE FUNCTION org.organizations_named(part text) RETURNS SETOF integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
  SELECT id FROM org.organization
  WHERE name_grams @> app.grams(part) AND strpos(lower(name), lower(part)) > 0
    AND org_path >= coalesce(app.scope_low(), '') AND org_path < coalesce(app.scope_high(), '~')
$$;
GRANT CREATE ON SCHEMA org TO gongxie_system;
ALTER FUNCTION org.organizations_named(text) OWNER TO gongxie_system;
REVOKE CREATE ON SCHEMA org FROM gongxie_system;
REVOKE EXECUTE ON FUNCTION org.organizations_named(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION org.organizations_named(text) TO gongxie_app, gongxie_system;
