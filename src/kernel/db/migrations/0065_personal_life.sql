-- The life of personal data (PIPL articles 45 to 47): whose it is may have it, have it corrected, and have it taken away when
-- nothing is left to do with it. What a person did stays under the name of who did it, in the trail and on statutory forms:
-- laws ask for that (docs/decisions/0030). Everything else of somebody who holds nothing any more goes, in one place.
CREATE FUNCTION auth.erase_person(whom integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  -- A post that is being given at this moment is waited for, and seen.
  PERFORM FROM auth.person WHERE id = whom FOR UPDATE;
  IF NOT app.may('person.update') OR NOT EXISTS (SELECT FROM auth.person n WHERE n.id = whom AND n.org_path >= app.scope_low() AND n.org_path < app.scope_high()) OR NOT auth.wholly_within(whom)
    OR EXISTS (SELECT FROM auth.post p WHERE p.person_id = whom AND (p.valid_to IS NULL OR p.valid_to >= app.today())) THEN
    RAISE EXCEPTION 'not permitted' USING ERRCODE = 'insufficient_privilege';
  END IF;
  -- With the account go its passwords, sessions, second factor, recovery codes and links to accounts elsewhere.
  DELETE FROM auth.account WHERE person_id = whom;
  DELETE FROM auth.saved_view WHERE person_id = whom;
  DELETE FROM auth.preference WHERE person_id = whom;
  UPDATE auth.proposal SET state = 'withdrawn', decided_at = now(), decision = '人员的个人信息已删除' WHERE person_id = whom AND state = 'proposed';
  -- Lines of files that named the person: what they came to stays, what they said goes.
  UPDATE imports.line l SET raw = '[]', mapped = NULL, findings = NULL FROM imports.batch b WHERE b.id = l.batch_id AND b.target = 'people' AND l.record_id = whom;
  UPDATE auth.person SET name = '已删除人员（编号 ' || whom || '）', phone = NULL WHERE id = whom;
END $$;
GRANT CREATE ON SCHEMA auth TO gongxie_system;
ALTER FUNCTION auth.erase_person(integer) OWNER TO gongxie_system;
REVOKE CREATE ON SCHEMA auth FROM gongxie_system;
REVOKE EXECUTE ON FUNCTION auth.erase_person(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.erase_person(integer) TO gongxie_app;
