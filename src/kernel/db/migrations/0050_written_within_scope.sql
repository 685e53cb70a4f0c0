-- What may be changed may not be carried out of the actor's scope: two policies said who, and forgot where.
DO $$
DECLARE
  inside constant text := 'org_path >= app.scope_low() AND org_path < app.scope_high()';
  p record;
BEGIN
  FOR p IN SELECT * FROM pg_policies WHERE (schemaname, tablename) IN (('org', 'distinct_pair'), ('files', 'incident')) AND policyname IN ('app_insert', 'app_update') AND with_check <> 'false' LOOP
    EXECUTE format('ALTER POLICY %I ON %I.%I WITH CHECK (%s AND %s)', p.policyname, p.schemaname, p.tablename, inside, p.with_check);
  END LOOP;
END $$;
