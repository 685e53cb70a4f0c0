-- Whose figures an institution swells is its region's, whoever stands above it. A district could found institutions in
-- another one's region, and move its own office there, so that what the city founded in that region came to it. Below the
-- root a region is taken where the actor has an office, and nobody moves the office in which they sit.
CREATE FUNCTION org.refuse_region() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
  IF current_user NOT IN ('gongxie_app', 'gongxie_city') OR app.scope_low() ~ '^[0-9]+[.]$' THEN RETURN NEW; END IF;
  IF TG_OP = 'UPDATE' AND (NEW.region_id, NEW.superior_id, NEW.valid_to) IS NOT DISTINCT FROM (OLD.region_id, OLD.superior_id, OLD.valid_to) THEN RETURN NEW; END IF;
  IF TG_OP = 'UPDATE' AND OLD.org_path = app.scope_low() THEN
    RAISE EXCEPTION 'nobody moves the office in which they sit' USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_own_office';
  END IF;
  -- Under the actor's own row security: offices out of sight are none.
  IF (TG_OP = 'INSERT' OR NEW.region_id IS DISTINCT FROM OLD.region_id)
    AND NOT EXISTS (SELECT FROM org.organization o WHERE o.region_id = NEW.region_id AND o.kind <> 'institution' AND o.valid_to IS NULL) THEN
    RAISE EXCEPTION 'the region lies out of scope' USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_region_scope';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER organization_region BEFORE INSERT OR UPDATE OF region_id, superior_id, valid_to ON org.organization FOR EACH ROW EXECUTE FUNCTION org.refuse_region();
