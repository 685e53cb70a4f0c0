-- What the security administrator decides about signing in. One row; the profile says which floor holds
-- (GB/T 22239-2019 8.1.4.1 for GB-L3, NIST SP 800-63B-4 for NIST), the checks keep it also against SQL.
CREATE TABLE auth.policy (
  id integer PRIMARY KEY DEFAULT 1 CONSTRAINT policy_one CHECK (id = 1),
  version integer NOT NULL DEFAULT 1,
  profile text NOT NULL DEFAULT 'GB-L3',
  password_length integer NOT NULL DEFAULT 12,
  password_classes integer NOT NULL DEFAULT 3,
  password_days integer NOT NULL DEFAULT 90,
  password_history integer NOT NULL DEFAULT 5,
  hash text NOT NULL DEFAULT 'argon2id' CONSTRAINT policy_hash CHECK (hash IN ('argon2id', 'pbkdf2-sm3')),
  failures integer NOT NULL DEFAULT 5,
  lock_minutes integer NOT NULL DEFAULT 15,
  address_burst integer NOT NULL DEFAULT 100,
  address_per_minute integer NOT NULL DEFAULT 20,
  idle_minutes integer NOT NULL DEFAULT 30,
  absolute_hours integer NOT NULL DEFAULT 12,
  sessions integer NOT NULL DEFAULT 3,
  prove_minutes integer NOT NULL DEFAULT 5,
  second_factor_roles text[] NOT NULL DEFAULT '{system_administrator,security_administrator,audit_administrator,city_reviewer}',
  org_path text COLLATE "C" NOT NULL DEFAULT '1.',
  CONSTRAINT policy_profile CHECK (CASE profile
    WHEN 'GB-L3' THEN password_length >= 12 AND password_classes >= 3 AND password_days BETWEEN 1 AND 90 AND password_history >= 5
    WHEN 'NIST' THEN password_length >= 15 AND password_classes >= 1 AND password_days >= 0 AND password_history >= 0
    ELSE false END),
  CONSTRAINT policy_bounds CHECK (password_length <= 64 AND password_classes <= 4 AND password_days <= 365 AND password_history <= 24
    AND failures BETWEEN 3 AND 10 AND lock_minutes BETWEEN 5 AND 1440 AND address_burst BETWEEN 10 AND 10000 AND address_per_minute BETWEEN 1 AND 6000
    AND idle_minutes BETWEEN 5 AND 30 AND absolute_hours BETWEEN 1 AND 12 AND sessions BETWEEN 1 AND 10 AND prove_minutes BETWEEN 1 AND 15),
  -- Whoever administers the platform always has a second factor (GB/T 22239-2019 8.1.4.1 d).
  CONSTRAINT policy_administrators CHECK (second_factor_roles @> '{system_administrator,security_administrator,audit_administrator}')
);
INSERT INTO auth.policy DEFAULT VALUES;
-- Read and changed by who decides about security at the root of the tree, and by nobody else.
ALTER TABLE auth.policy ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.policy FORCE ROW LEVEL SECURITY;
CREATE POLICY app_select ON auth.policy FOR SELECT TO gongxie_app USING ((SELECT app.may('security.decide')));
CREATE POLICY app_insert ON auth.policy FOR INSERT TO gongxie_app WITH CHECK (false);
CREATE POLICY app_update ON auth.policy FOR UPDATE TO gongxie_app
  USING ((SELECT app.may('security.decide') AND app.scope_low() ~ '^[0-9]+[.]$')) WITH CHECK ((SELECT app.may('security.decide') AND app.scope_low() ~ '^[0-9]+[.]$'));
CREATE POLICY app_delete ON auth.policy FOR DELETE TO gongxie_app USING (false);
CREATE POLICY system_all ON auth.policy FOR ALL TO gongxie_system USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE ON auth.policy TO gongxie_app, gongxie_system;
CREATE TRIGGER policy_version BEFORE UPDATE ON auth.policy FOR EACH ROW EXECUTE FUNCTION app.raise_version();
CREATE TRIGGER policy_track AFTER INSERT OR UPDATE OR DELETE ON auth.policy FOR EACH ROW EXECUTE FUNCTION audit.track('auth.policy');

-- Tries are counted where all processes see them; a run of them ends after the time of the lock.
ALTER TABLE auth.account ADD COLUMN failing_since timestamptz;
-- Of passwords set before, nobody knows the day: their ninety days begin now.
UPDATE auth.account SET password_changed_at = now() WHERE password_changed_at IS NULL;
ALTER TABLE auth.account ALTER COLUMN password_changed_at SET DEFAULT now(), ALTER COLUMN password_changed_at SET NOT NULL;
CREATE TABLE auth.old_password (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id integer NOT NULL REFERENCES auth.account ON DELETE CASCADE,
  password_hash text NOT NULL,
  until timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX old_password_account ON auth.old_password (account_id, id);
CALL app.seal('auth.old_password');
-- A bucket per address: it fills with time, a failure takes from it.
CREATE TABLE auth.throttle (
  key text PRIMARY KEY,
  tokens double precision NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX throttle_at ON auth.throttle (at);
CALL app.seal('auth.throttle');

-- The seed is encrypted with a key outside of the database; the last accepted step is never accepted again.
CREATE TABLE auth.second_factor (
  account_id integer PRIMARY KEY REFERENCES auth.account ON DELETE CASCADE,
  seed text NOT NULL,
  last_step bigint NOT NULL,
  confirmed_at timestamptz NOT NULL DEFAULT now()
);
CALL app.seal('auth.second_factor');
CREATE TABLE auth.recovery_code (
  account_id integer NOT NULL REFERENCES auth.account ON DELETE CASCADE,
  code_hash text NOT NULL,
  PRIMARY KEY (account_id, code_hash)
);
CALL app.seal('auth.recovery_code');

-- Sessions: how they began, when their person last proved who they are, and what is shown to that person.
ALTER TABLE auth.session
  ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT session_id UNIQUE,
  ADD COLUMN method text NOT NULL DEFAULT 'password' CONSTRAINT session_method CHECK (method IN ('password', 'single-sign-on')),
  ADD COLUMN second_factor boolean NOT NULL DEFAULT false,
  ADD COLUMN proved_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN last_sign_in jsonb;
-- Between the first step of a sign-in and the last there is no session, only this: minutes long, used once.
CREATE TABLE auth.pending (
  ticket_hash text PRIMARY KEY,
  purpose text NOT NULL CONSTRAINT pending_purpose CHECK (purpose IN ('second-factor', 'enrolment', 'single-sign-on')),
  account_id integer REFERENCES auth.account ON DELETE CASCADE,
  data jsonb NOT NULL DEFAULT '{}',
  expires_at timestamptz NOT NULL
);
CREATE INDEX pending_account ON auth.pending (account_id);
CREATE INDEX pending_expires ON auth.pending (expires_at);
CALL app.seal('auth.pending');
-- An account elsewhere: issuer and subject, never an address of mail.
CREATE TABLE auth.identity (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id integer NOT NULL REFERENCES auth.account ON DELETE CASCADE,
  issuer text NOT NULL,
  subject text NOT NULL,
  label text,
  linked_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz,
  CONSTRAINT identity_once UNIQUE (issuer, subject)
);
CREATE INDEX identity_account ON auth.identity (account_id);
CALL app.seal('auth.identity');

-- The code of the first start, as its hash.
CREATE TABLE auth.welcome (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code_hash text NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CALL app.seal('auth.welcome');
-- Which keys outside of the database its content needs: a fingerprint, never the key.
CREATE TABLE auth.key (
  id text PRIMARY KEY,
  fingerprint text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CALL app.seal('auth.key');

-- What happened at the door: sign-ins, refusals, changes of what one signs in with. Only added to.
CREATE TABLE auth.event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  kind text NOT NULL,
  account_id integer,
  address text,
  agent text,
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX event_account ON auth.event (account_id, id);
CALL app.seal('auth.event');
REVOKE UPDATE, DELETE ON auth.event FROM gongxie_system;

-- Who keeps people may take a lost second factor away and say who somebody is elsewhere; accounts stay sealed.
CREATE FUNCTION auth.drop_second_factor(person integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  IF NOT app.may('person.update') OR NOT EXISTS (SELECT FROM auth.person n WHERE n.id = person AND n.org_path >= app.scope_low() AND n.org_path < app.scope_high()) THEN
    RAISE EXCEPTION 'not permitted' USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM auth.second_factor WHERE account_id IN (SELECT id FROM auth.account WHERE person_id = person);
  DELETE FROM auth.recovery_code WHERE account_id IN (SELECT id FROM auth.account WHERE person_id = person);
  DELETE FROM auth.pending WHERE account_id IN (SELECT id FROM auth.account WHERE person_id = person);
  DELETE FROM auth.session WHERE account_id IN (SELECT id FROM auth.account WHERE person_id = person);
  INSERT INTO auth.event (kind, account_id, detail) SELECT 'second-factor-removed', id, jsonb_build_object('by', app.actor_id()) FROM auth.account WHERE person_id = person;
END $$;
CREATE FUNCTION auth.link_identity(person integer, issued_by text, subject_there text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  IF NOT app.may('person.update') OR NOT EXISTS (SELECT FROM auth.person n WHERE n.id = person AND n.org_path >= app.scope_low() AND n.org_path < app.scope_high()) THEN
    RAISE EXCEPTION 'not permitted' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO auth.identity (account_id, issuer, subject) SELECT id, issued_by, subject_there FROM auth.account WHERE person_id = person;
  INSERT INTO auth.event (kind, account_id, detail) SELECT 'single-sign-on-linked', id, jsonb_build_object('by', app.actor_id(), 'issuer', issued_by) FROM auth.account WHERE person_id = person;
END $$;
-- Whoever changes another's password or standing, by whichever way: the old password stays known as an old one, a sign-in
-- that is half done is over, and the door says what was done.
CREATE FUNCTION auth.note_account() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
  operation text := coalesce(current_setting('app.operation', true), '');
BEGIN
  IF NEW.password_hash IS DISTINCT FROM OLD.password_hash AND operation NOT LIKE 'session.%' THEN
    NEW.password_changed_at := now();
    NEW.failing_since := NULL;
    IF OLD.password_hash IS NOT NULL THEN
      INSERT INTO auth.old_password (account_id, password_hash) VALUES (OLD.id, OLD.password_hash);
      INSERT INTO auth.event (kind, account_id, detail) VALUES ('password-reset', OLD.id, jsonb_build_object('by', app.actor_id(), 'operation', operation));
    END IF;
    DELETE FROM auth.pending WHERE account_id = OLD.id;
  END IF;
  IF NEW.status IS DISTINCT FROM OLD.status THEN
    INSERT INTO auth.event (kind, account_id, detail) VALUES (NEW.status, OLD.id, jsonb_build_object('by', app.actor_id(), 'operation', operation));
    DELETE FROM auth.pending WHERE account_id = OLD.id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER account_note BEFORE UPDATE OF password_hash, status ON auth.account FOR EACH ROW EXECUTE FUNCTION auth.note_account();
GRANT CREATE ON SCHEMA auth TO gongxie_system;
ALTER FUNCTION auth.drop_second_factor(integer) OWNER TO gongxie_system;
ALTER FUNCTION auth.link_identity(integer, text, text) OWNER TO gongxie_system;
REVOKE CREATE ON SCHEMA auth FROM gongxie_system;
REVOKE EXECUTE ON FUNCTION auth.drop_second_factor(integer), auth.link_identity(integer, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.drop_second_factor(integer), auth.link_identity(integer, text, text) TO gongxie_app;
