-- Rights that say on what ground they stand, three administrators kept apart by the database, one way of proposing and
-- approving, and a seal on every right that only a key outside the database can make (0021, 0022).

-- Who administered and did something else besides keeps the something else; the history keeps the post that went.
DELETE FROM auth.post a WHERE a.role LIKE '%\_administrator' AND EXISTS (
  SELECT FROM auth.post b WHERE b.person_id = a.person_id AND b.id <> a.id AND (b.role NOT LIKE '%\_administrator' OR b.id < a.id)
    AND daterange(a.valid_from, a.valid_to, '[]') && daterange(b.valid_from, b.valid_to, '[]'));

ALTER TABLE auth.post
  -- 三员分立: what a post is for. Never business and administration at once, never two kinds of administration.
  ADD COLUMN duty text NOT NULL GENERATED ALWAYS AS (CASE role WHEN 'system_administrator' THEN 'system' WHEN 'security_administrator' THEN 'security' WHEN 'audit_administrator' THEN 'audit' ELSE 'business' END) STORED,
  -- A deputy's post is one of its own, for a time; it says for whom.
  ADD COLUMN deputy_of integer REFERENCES auth.post,
  ADD COLUMN reason text,
  ADD COLUMN proposal_id integer,
  ADD COLUMN delegation_id integer,
  ADD COLUMN mac text,
  ADD COLUMN key_version integer;
-- What is ended on its first day was never held: its last day is the day before, and its time is empty.
ALTER TABLE auth.post DROP CONSTRAINT post_validity;
ALTER TABLE auth.post
  ADD CONSTRAINT post_validity CHECK (valid_to >= valid_from - 1),
  ADD CONSTRAINT post_duty UNIQUE (id, duty),
  ADD CONSTRAINT post_one_administration EXCLUDE USING gist (int4range(person_id, person_id, '[]') WITH &&, daterange(valid_from, valid_to + 1) WITH &&)
    WHERE (role IN ('system_administrator', 'security_administrator', 'audit_administrator')),
  -- Business is [0,1), administration [1,2): the two are adjacent to each other and not to themselves. So business may meet
  -- business, and administration meets nothing. (btree_gist, which would say it plainly, is not among the server's extensions.)
  ADD CONSTRAINT post_administration_apart EXCLUDE USING gist (int4range(person_id, person_id, '[]') WITH &&, daterange(valid_from, valid_to + 1) WITH &&,
    (CASE WHEN role IN ('system_administrator', 'security_administrator', 'audit_administrator') THEN int4range(1, 2) ELSE int4range(0, 1) END) WITH -|-);
CREATE INDEX post_deputy_of ON auth.post (deputy_of);
CREATE INDEX post_role_person ON auth.post (role, person_id);
CREATE INDEX post_path ON auth.post (org_path);

-- Somebody proposes what widens a right, somebody else decides. The procedure capability will take this over.
CREATE TABLE auth.proposal (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version integer NOT NULL DEFAULT 1,
  kind text NOT NULL,
  state text NOT NULL DEFAULT 'proposed' CONSTRAINT proposal_state CHECK (state IN ('proposed', 'approved', 'rejected', 'withdrawn')),
  -- What is done on approval; what people are shown of it: [{label, before, after}].
  payload jsonb NOT NULL,
  shown jsonb NOT NULL,
  summary text NOT NULL,
  reason text NOT NULL CONSTRAINT proposal_reason CHECK (length(reason) > 1),
  -- Whose right it is; nobody's alone for a delegation.
  person_id integer REFERENCES auth.person ON DELETE CASCADE,
  role text,
  organization_id integer NOT NULL REFERENCES org.organization,
  org_path text COLLATE "C" NOT NULL,
  proposed_by integer,
  proposed_by_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  decided_by integer,
  decided_by_name text,
  decided_at timestamptz,
  decision text,
  batch_id bigint,
  -- Who asks, who decides and who gains are three people.
  CONSTRAINT proposal_unselfish CHECK (proposed_by IS DISTINCT FROM person_id OR person_id IS NULL),
  CONSTRAINT proposal_apart CHECK (decided_by IS NULL OR (decided_by IS DISTINCT FROM proposed_by AND decided_by IS DISTINCT FROM person_id)),
  CONSTRAINT proposal_decided CHECK ((state IN ('approved', 'rejected')) = (decided_by IS NOT NULL))
);
CREATE INDEX proposal_waiting ON auth.proposal (id) WHERE state = 'proposed';
CREATE INDEX proposal_person ON auth.proposal (person_id);
CREATE INDEX proposal_organization ON auth.proposal (organization_id);
CREATE INDEX proposal_batch ON auth.proposal (batch_id) WHERE batch_id IS NOT NULL;
CREATE FUNCTION auth.proposal_steps() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
  IF OLD.state <> 'proposed' AND NEW.state IS DISTINCT FROM OLD.state OR to_jsonb(NEW) - '{version,state,org_path,decided_by,decided_by_name,decided_at,decision}'::text[] <> to_jsonb(OLD) - '{version,state,org_path,decided_by,decided_by_name,decided_at,decision}'::text[] THEN
    RAISE EXCEPTION 'a proposal goes one way and stays as it was asked' USING ERRCODE = 'check_violation', CONSTRAINT = 'proposal_steps';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER proposal_steps BEFORE UPDATE ON auth.proposal FOR EACH ROW EXECUTE FUNCTION auth.proposal_steps();
CREATE TRIGGER proposal_version BEFORE UPDATE ON auth.proposal FOR EACH ROW EXECUTE FUNCTION app.raise_version();
CREATE TRIGGER proposal_track AFTER INSERT OR UPDATE OR DELETE ON auth.proposal FOR EACH ROW EXECUTE FUNCTION audit.track('auth.proposal');
CALL app.protect('auth.proposal', 'person.read', 'person.update');
-- Beside those who look after people: who proposed and who gains see it; a deputy is asked for by whoever goes away.
ALTER POLICY app_select ON auth.proposal USING (org_path >= app.scope_low() AND org_path < app.scope_high()
  AND ((SELECT app.may('person.read')) OR proposed_by = (SELECT app.actor_id()) OR person_id = (SELECT app.actor_id())));
ALTER POLICY app_insert ON auth.proposal WITH CHECK (org_path >= app.scope_low() AND org_path < app.scope_high() AND proposed_by = (SELECT app.actor_id())
  AND ((SELECT app.may('person.update')) OR kind = 'deputy'));
ALTER POLICY app_update ON auth.proposal
  USING (org_path >= app.scope_low() AND org_path < app.scope_high() AND ((SELECT app.may('person.update')) OR (SELECT app.may('security.decide')) OR proposed_by = (SELECT app.actor_id())))
  WITH CHECK (org_path >= app.scope_low() AND org_path < app.scope_high() AND (decided_by IS NULL OR decided_by = (SELECT app.actor_id())));
ALTER POLICY app_delete ON auth.proposal USING (false);

-- What an office may appoint below itself without asking each time: approved once, for a role, in a part of the tree.
CREATE TABLE auth.delegation (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version integer NOT NULL DEFAULT 1,
  organization_id integer NOT NULL REFERENCES org.organization,
  org_path text COLLATE "C" NOT NULL,
  holder_role text NOT NULL CONSTRAINT delegation_holder CHECK (holder_role IN ('district_reviewer', 'city_reviewer')),
  roles text[] NOT NULL CONSTRAINT delegation_roles CHECK (cardinality(roles) > 0 AND roles <@ ARRAY['filler', 'responsible', 'leader', 'district_reviewer']),
  valid_from date NOT NULL DEFAULT app.today(),
  valid_to date,
  reason text NOT NULL,
  proposal_id integer,
  mac text,
  key_version integer,
  CONSTRAINT delegation_validity CHECK (valid_to >= valid_from - 1)
);
CREATE INDEX delegation_organization ON auth.delegation (organization_id);
CALL app.publish('auth.delegation', 'security.decide');
ALTER POLICY app_select ON auth.delegation USING ((SELECT app.may('person.read')));
CREATE TRIGGER delegation_version BEFORE UPDATE ON auth.delegation FOR EACH ROW EXECUTE FUNCTION app.raise_version();
CREATE TRIGGER delegation_track AFTER INSERT OR UPDATE OR DELETE ON auth.delegation FOR EACH ROW EXECUTE FUNCTION audit.track('auth.delegation', 'mac', 'key_version');

-- What a post may do besides, at its own place or at another one, for a time. Administration is never granted besides.
CREATE TABLE auth.entitlement (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version integer NOT NULL DEFAULT 1,
  post_id integer NOT NULL,
  post_duty text NOT NULL DEFAULT 'business' CONSTRAINT entitlement_business CHECK (post_duty = 'business'),
  organization_id integer NOT NULL REFERENCES org.organization,
  org_path text COLLATE "C" NOT NULL,
  role text CONSTRAINT entitlement_role CHECK (role IN ('filler', 'responsible', 'district_reviewer', 'city_reviewer', 'leader')),
  permissions text[] NOT NULL DEFAULT '{}' CONSTRAINT entitlement_permissions CHECK (NOT permissions && ARRAY['system.operate', 'security.decide', 'audit.read']),
  valid_from date NOT NULL DEFAULT app.today(),
  valid_to date NOT NULL,
  reason text NOT NULL,
  proposal_id integer,
  mac text,
  key_version integer,
  CONSTRAINT entitlement_post FOREIGN KEY (post_id, post_duty) REFERENCES auth.post (id, duty) ON DELETE CASCADE,
  CONSTRAINT entitlement_what CHECK ((role IS NULL) <> (cardinality(permissions) = 0)),
  CONSTRAINT entitlement_validity CHECK (valid_to >= valid_from - 1)
);
CREATE INDEX entitlement_post ON auth.entitlement (post_id);
CREATE INDEX entitlement_organization ON auth.entitlement (organization_id);
CALL app.protect('auth.entitlement', 'person.read', 'person.update');
CREATE TRIGGER entitlement_version BEFORE UPDATE ON auth.entitlement FOR EACH ROW EXECUTE FUNCTION app.raise_version();
CREATE TRIGGER entitlement_track AFTER INSERT OR UPDATE OR DELETE ON auth.entitlement FOR EACH ROW EXECUTE FUNCTION audit.track('auth.entitlement', 'mac', 'key_version');
-- The hat that is worn may be one of these.
ALTER TABLE auth.session ADD COLUMN entitlement_id integer REFERENCES auth.entitlement ON DELETE SET NULL;
CREATE INDEX session_entitlement ON auth.session (entitlement_id);

-- Rights are written by who keeps people and by who decides; people move with their rights.
ALTER POLICY app_insert ON auth.post WITH CHECK (org_path >= app.scope_low() AND org_path < app.scope_high() AND ((SELECT app.may('person.update')) OR (SELECT app.may('security.decide'))));
ALTER POLICY app_update ON auth.post
  USING (org_path >= app.scope_low() AND org_path < app.scope_high() AND ((SELECT app.may('person.update')) OR (SELECT app.may('security.decide'))))
  WITH CHECK (org_path >= app.scope_low() AND org_path < app.scope_high() AND ((SELECT app.may('person.update')) OR (SELECT app.may('security.decide'))));
ALTER POLICY app_delete ON auth.post USING (false);
ALTER POLICY app_insert ON auth.entitlement WITH CHECK (org_path >= app.scope_low() AND org_path < app.scope_high() AND (SELECT app.may('security.decide')));
ALTER POLICY app_update ON auth.entitlement
  USING (org_path >= app.scope_low() AND org_path < app.scope_high() AND ((SELECT app.may('person.update')) OR (SELECT app.may('security.decide'))))
  WITH CHECK (org_path >= app.scope_low() AND org_path < app.scope_high() AND ((SELECT app.may('person.update')) OR (SELECT app.may('security.decide'))));
ALTER POLICY app_delete ON auth.entitlement USING (false);
ALTER POLICY app_update ON auth.person
  USING (org_path >= app.scope_low() AND org_path < app.scope_high() AND ((SELECT app.may('person.update')) OR (SELECT app.may('security.decide'))))
  WITH CHECK (org_path >= app.scope_low() AND org_path < app.scope_high() AND ((SELECT app.may('person.update')) OR (SELECT app.may('security.decide'))));

-- A right without a ground is refused, whoever writes it through the application: an approved proposal that names it, or a
-- delegation that covers it. Ending needs no ground, lengthening does.
CREATE FUNCTION auth.refuse_unfounded() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE principal auth.post;
BEGIN
  IF NEW.deputy_of IS NOT NULL AND TG_OP = 'INSERT' THEN
    SELECT * INTO principal FROM auth.post WHERE id = NEW.deputy_of;
    IF principal.id IS NULL OR principal.deputy_of IS NOT NULL OR principal.duty <> 'business' OR principal.person_id = NEW.person_id
      OR principal.role <> NEW.role OR principal.organization_id <> NEW.organization_id OR NEW.valid_to IS NULL THEN
      RAISE EXCEPTION 'a deputy stands for a post itself, for a time, and not for a deputy' USING ERRCODE = 'check_violation', CONSTRAINT = 'post_deputy';
    END IF;
  END IF;
  IF current_user NOT IN ('gongxie_app', 'gongxie_city') THEN RETURN NEW; END IF;
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.person_id, NEW.organization_id, NEW.role, NEW.valid_from, NEW.deputy_of) IS NOT DISTINCT FROM (OLD.person_id, OLD.organization_id, OLD.role, OLD.valid_from, OLD.deputy_of)
      AND coalesce(NEW.valid_to, 'infinity') <= coalesce(OLD.valid_to, 'infinity') THEN RETURN NEW; END IF;
  ELSIF EXISTS (SELECT FROM auth.proposal q, jsonb_array_elements(q.payload -> 'posts') p
      WHERE q.id = NEW.proposal_id AND q.state = 'approved' AND q.person_id = NEW.person_id AND (p ->> 'organizationId')::integer = NEW.organization_id AND p ->> 'role' = NEW.role)
    OR NEW.person_id <> app.actor_id() AND EXISTS (SELECT FROM auth.delegation d
      WHERE d.id = NEW.delegation_id AND NEW.role = ANY (d.roles) AND starts_with(app.scope_low(), d.org_path) AND d.valid_from <= app.today() AND (d.valid_to IS NULL OR d.valid_to >= app.today()))
  THEN RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a right needs a ground' USING ERRCODE = 'check_violation', CONSTRAINT = 'post_ground';
END $$;
CREATE TRIGGER post_ground BEFORE INSERT OR UPDATE ON auth.post FOR EACH ROW EXECUTE FUNCTION auth.refuse_unfounded();
-- A seal is no change: neither a version nor a line of history.
DROP TRIGGER post_version ON auth.post;
DROP TRIGGER post_track ON auth.post;
CREATE TRIGGER post_version BEFORE UPDATE ON auth.post FOR EACH ROW WHEN (OLD.mac IS NOT DISTINCT FROM NEW.mac) EXECUTE FUNCTION app.raise_version();
CREATE TRIGGER post_track AFTER INSERT OR UPDATE OR DELETE ON auth.post FOR EACH ROW EXECUTE FUNCTION audit.track('auth.post', 'mac', 'key_version');

-- Rights that were found changed behind the platform's back, once each: denied, and told to those who watch.
CREATE TABLE auth.alarm (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  subject text NOT NULL,
  record_id integer NOT NULL,
  person_id integer,
  detail jsonb NOT NULL,
  digest text NOT NULL,
  CONSTRAINT alarm_once UNIQUE (subject, record_id, digest)
);
CREATE INDEX alarm_person ON auth.alarm (person_id);
ALTER TABLE auth.alarm ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.alarm FORCE ROW LEVEL SECURITY;
CREATE POLICY app_select ON auth.alarm FOR SELECT TO gongxie_app USING ((SELECT app.may('security.decide') OR app.may('audit.read')));
CREATE POLICY app_insert ON auth.alarm FOR INSERT TO gongxie_app WITH CHECK (false);
CREATE POLICY app_update ON auth.alarm FOR UPDATE TO gongxie_app USING (false);
CREATE POLICY app_delete ON auth.alarm FOR DELETE TO gongxie_app USING (false);
CREATE POLICY system_all ON auth.alarm FOR ALL TO gongxie_system USING (true) WITH CHECK (true);
GRANT SELECT ON auth.alarm TO gongxie_app;
GRANT SELECT, INSERT ON auth.alarm TO gongxie_system;

-- Names for placing posts, for people who see no business data: id, name, kind, place; nothing else leaves.
CREATE FUNCTION org.pick(part text, wanted integer[]) RETURNS TABLE (id integer, name text, kind text, region text, path text, ended boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
  SELECT o.id, o.name, o.kind, r.name, o.org_path, o.valid_to IS NOT NULL FROM org.organization o JOIN org.region r ON r.id = o.region_id
  WHERE (app.may('person.read') OR o.org_path = app.scope_low()) AND o.org_path >= coalesce(app.scope_low(), '~') AND o.org_path < coalesce(app.scope_high(), '')
    AND (o.id = ANY (wanted) OR wanted IS NULL AND o.valid_to IS NULL AND (part = '' AND o.kind <> 'institution' OR part <> '' AND o.name_grams @> app.grams(part) AND strpos(lower(o.name), lower(part)) > 0))
  ORDER BY o.kind = 'institution', o.org_path LIMIT CASE WHEN wanted IS NULL THEN 30 END
$$;
GRANT CREATE ON SCHEMA org TO gongxie_system;
ALTER FUNCTION org.pick(text, integer[]) OWNER TO gongxie_system;
REVOKE CREATE ON SCHEMA org FROM gongxie_system;
REVOKE EXECUTE ON FUNCTION org.pick(text, integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION org.pick(text, integer[]) TO gongxie_app;

-- Colleagues by name, for choosing a deputy or a successor: who holds a post within the actor's scope today.
CREATE FUNCTION auth.colleagues(part text, wanted integer[]) RETURNS TABLE (id integer, name text, post text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
  SELECT n.id, n.name, min(o.name || '|' || p.role) FROM auth.post p JOIN auth.person n ON n.id = p.person_id JOIN org.organization o ON o.id = p.organization_id
  WHERE app.actor_id() IS NOT NULL AND p.org_path >= coalesce(app.scope_low(), '~') AND p.org_path < coalesce(app.scope_high(), '')
    AND p.valid_from <= app.today() AND (p.valid_to IS NULL OR p.valid_to >= app.today()) AND p.deputy_of IS NULL
    AND (n.id = ANY (wanted) OR wanted IS NULL AND (part = '' OR strpos(n.name, part) > 0))
  GROUP BY n.id, n.name ORDER BY n.name, n.id LIMIT CASE WHEN wanted IS NULL THEN 30 END
$$;
GRANT CREATE ON SCHEMA auth TO gongxie_system;
ALTER FUNCTION auth.colleagues(text, integer[]) OWNER TO gongxie_system;
REVOKE CREATE ON SCHEMA auth FROM gongxie_system;
REVOKE EXECUTE ON FUNCTION auth.colleagues(text, integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.colleagues(text, integer[]) TO gongxie_app;

-- An account comes back by whoever decides, on a proposal: suspending needs none.
CREATE OR REPLACE FUNCTION auth.change_account(person integer, hash text, wanted_status text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  IF NOT (app.may('person.update') OR app.may('security.decide') AND hash IS NULL) OR NOT EXISTS (SELECT FROM auth.person n WHERE n.id = person AND n.org_path >= app.scope_low() AND n.org_path < app.scope_high()) THEN
    RAISE EXCEPTION 'not permitted' USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE auth.account SET password_hash = coalesce(hash, password_hash), must_change = must_change OR hash IS NOT NULL, status = coalesce(wanted_status, status),
    failures = 0, locked_until = NULL WHERE person_id = person;
  DELETE FROM auth.session WHERE account_id IN (SELECT id FROM auth.account WHERE person_id = person);
END $$;
CREATE FUNCTION auth.refuse_unproposed() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
  IF current_user NOT IN ('gongxie_app', 'gongxie_city') THEN RETURN NEW; END IF;
  IF TG_OP = 'INSERT' THEN
    IF EXISTS (SELECT FROM auth.proposal q WHERE q.id = NEW.proposal_id AND q.state = 'approved' AND q.kind = TG_ARGV[0] AND q.organization_id = NEW.organization_id) THEN RETURN NEW; END IF;
  ELSIF to_jsonb(NEW) - '{version,org_path,valid_to,mac,key_version}'::text[] = to_jsonb(OLD) - '{version,org_path,valid_to,mac,key_version}'::text[]
    AND coalesce(NEW.valid_to, 'infinity') <= coalesce(OLD.valid_to, 'infinity') THEN RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a right needs a ground' USING ERRCODE = 'check_violation', CONSTRAINT = 'post_ground';
END $$;
CREATE TRIGGER entitlement_ground BEFORE INSERT OR UPDATE ON auth.entitlement FOR EACH ROW EXECUTE FUNCTION auth.refuse_unproposed('entitle');
CREATE TRIGGER delegation_ground BEFORE INSERT OR UPDATE ON auth.delegation FOR EACH ROW EXECUTE FUNCTION auth.refuse_unproposed('delegate');
