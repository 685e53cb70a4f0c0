-- Whoever changes what somebody signs in with could be that somebody. A person is seen where the newest post is, but may
-- hold others, stand in for others and be granted more elsewhere: all of it must lie within the actor's own scope, or a
-- district's reviewer resets the password of a clerk who stands in for the city's, and is the city's.
CREATE FUNCTION auth.wholly_within(person integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
  SELECT NOT EXISTS (
    SELECT FROM auth.post p WHERE p.person_id = person AND (p.valid_to IS NULL OR p.valid_to >= app.today())
      AND NOT coalesce(p.org_path >= app.scope_low() AND p.org_path < app.scope_high(), false)
    UNION ALL
    SELECT FROM auth.entitlement e JOIN auth.post p ON p.id = e.post_id WHERE p.person_id = person AND e.valid_to >= app.today()
      AND NOT coalesce(e.org_path >= app.scope_low() AND e.org_path < app.scope_high(), false))
$$;
CREATE OR REPLACE FUNCTION auth.change_account(person integer, hash text, wanted_status text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  IF NOT (app.may('person.update') OR app.may('security.decide') AND hash IS NULL) OR NOT EXISTS (SELECT FROM auth.person n WHERE n.id = person AND n.org_path >= app.scope_low() AND n.org_path < app.scope_high())
    OR NOT auth.wholly_within(person) THEN
    RAISE EXCEPTION 'not permitted' USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE auth.account SET password_hash = coalesce(hash, password_hash), must_change = must_change OR hash IS NOT NULL, status = coalesce(wanted_status, status),
    failures = 0, locked_until = NULL WHERE person_id = person;
  DELETE FROM auth.session WHERE account_id IN (SELECT id FROM auth.account WHERE person_id = person);
END $$;
CREATE OR REPLACE FUNCTION auth.drop_second_factor(person integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  IF NOT app.may('person.update') OR NOT EXISTS (SELECT FROM auth.person n WHERE n.id = person AND n.org_path >= app.scope_low() AND n.org_path < app.scope_high()) OR NOT auth.wholly_within(person) THEN
    RAISE EXCEPTION 'not permitted' USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM auth.second_factor WHERE account_id IN (SELECT id FROM auth.account WHERE person_id = person);
  DELETE FROM auth.recovery_code WHERE account_id IN (SELECT id FROM auth.account WHERE person_id = person);
  DELETE FROM auth.pending WHERE account_id IN (SELECT id FROM auth.account WHERE person_id = person);
  DELETE FROM auth.session WHERE account_id IN (SELECT id FROM auth.account WHERE person_id = person);
  INSERT INTO auth.event (kind, account_id, detail) SELECT 'second-factor-removed', id, jsonb_build_object('by', app.actor_id()) FROM auth.account WHERE person_id = person;
END $$;
CREATE OR REPLACE FUNCTION auth.link_identity(person integer, issued_by text, subject_there text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  IF NOT app.may('person.update') OR NOT EXISTS (SELECT FROM auth.person n WHERE n.id = person AND n.org_path >= app.scope_low() AND n.org_path < app.scope_high()) OR NOT auth.wholly_within(person) THEN
    RAISE EXCEPTION 'not permitted' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO auth.identity (account_id, issuer, subject) SELECT id, issued_by, subject_there FROM auth.account WHERE person_id = person;
  INSERT INTO auth.event (kind, account_id, detail) SELECT 'single-sign-on-linked', id, jsonb_build_object('by', app.actor_id(), 'issuer', issued_by) FROM auth.account WHERE person_id = person;
END $$;
GRANT CREATE ON SCHEMA auth TO gongxie_system;
ALTER FUNCTION auth.wholly_within(integer) OWNER TO gongxie_system;
REVOKE CREATE ON SCHEMA auth FROM gongxie_system;
REVOKE EXECUTE ON FUNCTION auth.wholly_within(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.wholly_within(integer) TO gongxie_app;

-- Answers that are shown once are kept no more (server.ts); those that were go. As the system: row security is forced on the owner too.
SET LOCAL ROLE gongxie_system;
DELETE FROM app.idempotency WHERE operation IN ('person.create', 'person.reset-password', 'person.first-codes', 'record.reveal');
RESET ROLE;
-- The others go after two days.
CREATE INDEX idempotency_at ON app.idempotency (at);
