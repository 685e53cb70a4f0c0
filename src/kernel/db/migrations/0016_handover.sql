-- One act when somebody leaves, moves or is lent: what was theirs goes to a successor or back to the office, and is shown.
CREATE TABLE auth.handover (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version integer NOT NULL DEFAULT 1,
  kind text NOT NULL CONSTRAINT handover_kind CHECK (kind IN ('leave', 'transfer', 'secondment')),
  person_id integer NOT NULL REFERENCES auth.person ON DELETE CASCADE,
  post_id integer NOT NULL REFERENCES auth.post ON DELETE CASCADE,
  -- Nobody: back to the office.
  successor_id integer REFERENCES auth.person ON DELETE SET NULL,
  organization_id integer NOT NULL REFERENCES org.organization,
  org_path text COLLATE "C" NOT NULL,
  last_day date NOT NULL,
  items jsonb NOT NULL,
  reason text NOT NULL,
  by_id integer, by_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX handover_person ON auth.handover (person_id);
CREATE INDEX handover_post ON auth.handover (post_id);
CREATE INDEX handover_successor ON auth.handover (successor_id);
CREATE INDEX handover_organization ON auth.handover (organization_id);
CALL app.protect('auth.handover', 'person.read', 'person.update');
ALTER POLICY app_select ON auth.handover USING (org_path >= app.scope_low() AND org_path < app.scope_high() AND ((SELECT app.may('person.read')) OR successor_id = (SELECT app.actor_id())));
ALTER POLICY app_insert ON auth.handover WITH CHECK (org_path >= app.scope_low() AND org_path < app.scope_high() AND by_id = (SELECT app.actor_id()) AND ((SELECT app.may('person.update')) OR (SELECT app.may('security.decide'))));
ALTER POLICY app_update ON auth.handover USING (false);
ALTER POLICY app_delete ON auth.handover USING (false);
CREATE TRIGGER handover_track AFTER INSERT ON auth.handover FOR EACH ROW EXECUTE FUNCTION audit.track('auth.handover');

-- What hangs on a person in a post. Whoever hands it over need not see it: numbers for everybody who keeps people, names
-- for who reads reports. With a successor, or to the office, it is moved: imports not yet written, proposals that wait.
CREATE FUNCTION auth.hand_over(post integer, successor integer, move boolean) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  held auth.post;
  heir text;
  names boolean := app.may('report.read');
  filings jsonb; batches jsonb; proposals jsonb; views jsonb; reminders integer;
BEGIN
  SELECT * INTO held FROM auth.post p WHERE p.id = post AND p.org_path >= app.scope_low() AND p.org_path < app.scope_high();
  IF held.id IS NULL OR NOT (app.may('person.read') AND (NOT move OR app.may('person.update') OR app.may('security.decide'))) THEN
    RAISE EXCEPTION 'not permitted' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT n.name INTO heir FROM auth.person n WHERE n.id = successor;
  SELECT jsonb_build_object('count', count(*), 'names', CASE WHEN names THEN coalesce(jsonb_agg(x.name) FILTER (WHERE x.i <= 20), '[]') ELSE '[]' END) INTO filings
    FROM (SELECT o.name || ' ' || f.form || ' ' || to_char(f.period_start, 'YYYY-MM') AS name, row_number() OVER (ORDER BY f.period_start DESC, f.id) AS i
      FROM reports.filing f JOIN org.organization o ON o.id = f.organization_id
      WHERE f.filled_by = held.person_id AND f.submitted_at IS NULL AND f.org_path >= held.org_path AND f.org_path < left(held.org_path, -1) || '/') x;
  SELECT jsonb_build_object('count', count(*), 'names', CASE WHEN names THEN coalesce(jsonb_agg(b.file_name) FILTER (WHERE b.i <= 20), '[]') ELSE '[]' END) INTO batches
    FROM (SELECT i.file_name, row_number() OVER (ORDER BY i.id DESC) AS i FROM imports.batch i
      WHERE i.by_id = held.person_id AND i.state IN ('checking', 'checked') AND i.org_path >= held.org_path AND i.org_path < left(held.org_path, -1) || '/') b;
  SELECT jsonb_build_object('count', count(*), 'names', coalesce(jsonb_agg(q.summary), '[]')) INTO proposals
    FROM auth.proposal q WHERE q.proposed_by = held.person_id AND q.state = 'proposed' AND q.expires_at > now() AND q.org_path >= held.org_path AND q.org_path < left(held.org_path, -1) || '/';
  SELECT jsonb_build_object('count', count(*), 'names', coalesce(jsonb_agg(v.name), '[]')) INTO views FROM auth.saved_view v WHERE v.person_id = held.person_id;
  SELECT count(*) INTO reminders FROM reports.reminder r WHERE r.by_id = held.person_id AND r.seen_at IS NULL AND r.org_path >= held.org_path AND r.org_path < left(held.org_path, -1) || '/';
  IF move THEN
    UPDATE imports.batch i SET by_id = successor, by_name = coalesce(heir || '（接' || i.by_name || '）', i.by_name || '（已交回单位）')
      WHERE i.by_id = held.person_id AND i.state IN ('checking', 'checked') AND i.org_path >= held.org_path AND i.org_path < left(held.org_path, -1) || '/';
    IF successor IS NOT NULL THEN
      INSERT INTO auth.saved_view (person_id, page, name, query)
        SELECT successor, v.page, v.name, v.query FROM auth.saved_view v WHERE v.person_id = held.person_id ON CONFLICT DO NOTHING;
    END IF;
  END IF;
  RETURN jsonb_build_object('filings', filings, 'imports', batches, 'proposals', proposals, 'views', views, 'reminders', jsonb_build_object('count', reminders, 'names', '[]'::jsonb));
END $$;
GRANT CREATE ON SCHEMA auth TO gongxie_system;
ALTER FUNCTION auth.hand_over(integer, integer, boolean) OWNER TO gongxie_system;
REVOKE CREATE ON SCHEMA auth FROM gongxie_system;
REVOKE EXECUTE ON FUNCTION auth.hand_over(integer, integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.hand_over(integer, integer, boolean) TO gongxie_app;

-- When something is very wrong an operator closes the house, or lets people look and not touch; by command line alone.
CREATE TABLE auth.emergency (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version integer NOT NULL DEFAULT 1,
  kind text NOT NULL CONSTRAINT emergency_kind CHECK (kind IN ('closed', 'read-only')),
  except_logins text[] NOT NULL DEFAULT '{}',
  reason text NOT NULL CONSTRAINT emergency_reason CHECK (length(reason) > 1),
  by_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  lifted_at timestamptz,
  lifted_reason text,
  org_path text COLLATE "C" NOT NULL DEFAULT '1.'
);
CREATE UNIQUE INDEX emergency_now ON auth.emergency (kind) WHERE lifted_at IS NULL;
CALL app.seal('auth.emergency');
CREATE TRIGGER emergency_version BEFORE UPDATE ON auth.emergency FOR EACH ROW EXECUTE FUNCTION app.raise_version();
CREATE TRIGGER emergency_track AFTER INSERT OR UPDATE OR DELETE ON auth.emergency FOR EACH ROW EXECUTE FUNCTION audit.track('auth.emergency');

-- Lists of people are for who keeps people, figures for who reads the register: neither sees the other's files.
CREATE POLICY people_apart ON imports.batch AS RESTRICTIVE FOR ALL TO gongxie_app
  USING (CASE WHEN target = 'people' THEN (SELECT app.may('person.update')) ELSE (SELECT app.may('organization.read')) END);
CREATE POLICY people_apart ON imports.line AS RESTRICTIVE FOR ALL TO gongxie_app
  USING ((SELECT app.may('organization.read') AND app.may('person.update')) OR batch_id IN (SELECT id FROM imports.batch));

-- For lists of people: an office by its whole name or code, an account by its login, within what the importer keeps.
CREATE FUNCTION org.pick_exactly(wanted text) RETURNS TABLE (id integer, name text, kind text, region text, path text, ended boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
  SELECT o.id, o.name, o.kind, r.name, o.org_path, false FROM org.organization o JOIN org.region r ON r.id = o.region_id
  WHERE app.may('person.read') AND o.org_path >= coalesce(app.scope_low(), '~') AND o.org_path < coalesce(app.scope_high(), '') AND o.valid_to IS NULL
    AND (o.name = wanted OR o.uscc = wanted OR o.code = wanted) LIMIT 5
$$;
-- That a login is taken is no secret to who may open accounts; whose it is, is: row security decides about the person.
CREATE FUNCTION auth.logins(wanted text[]) RETURNS TABLE (login text, person_id integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT a.login, a.person_id FROM auth.account a WHERE app.may('person.update') AND a.login = ANY (wanted) $$;
-- People that an import made and that came to nothing: no post ever, never signed in.
CREATE FUNCTION auth.drop_unused(people integer[]) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
DECLARE n integer;
BEGIN
  IF NOT app.may('person.update') THEN RAISE EXCEPTION 'not permitted' USING ERRCODE = 'insufficient_privilege'; END IF;
  WITH unused AS (
    SELECT p.id FROM auth.person p WHERE p.id = ANY (people) AND p.org_path >= app.scope_low() AND p.org_path < app.scope_high()
      AND NOT EXISTS (SELECT FROM auth.post o WHERE o.person_id = p.id) AND NOT EXISTS (SELECT FROM auth.account a WHERE a.person_id = p.id AND a.last_sign_in IS NOT NULL)
      AND NOT EXISTS (SELECT FROM auth.proposal q WHERE q.person_id = p.id AND q.state IN ('proposed', 'approved'))),
  dropped AS (DELETE FROM auth.person p USING unused u WHERE p.id = u.id RETURNING p.id)
  SELECT count(*) INTO n FROM dropped;
  RETURN n;
END $$;
GRANT CREATE ON SCHEMA org, auth TO gongxie_system;
ALTER FUNCTION org.pick_exactly(text) OWNER TO gongxie_system;
ALTER FUNCTION auth.logins(text[]) OWNER TO gongxie_system;
ALTER FUNCTION auth.drop_unused(integer[]) OWNER TO gongxie_system;
REVOKE CREATE ON SCHEMA org, auth FROM gongxie_system;
REVOKE EXECUTE ON FUNCTION org.pick_exactly(text), auth.logins(text[]), auth.drop_unused(integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION org.pick_exactly(text), auth.logins(text[]), auth.drop_unused(integer[]) TO gongxie_app;
