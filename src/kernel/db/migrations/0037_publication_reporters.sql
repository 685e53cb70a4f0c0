-- A publication also freezes who was expected: who is in its totals, who reported and is kept out, who is missing.
-- Editions from before have no rows here: of them it is not known, which is not the same as nobody.
CREATE TABLE reports.publication_reporter (
  publication_id integer NOT NULL REFERENCES reports.publication,
  organization_id integer NOT NULL,
  -- as it was called and where it stood in the edition's division
  name text NOT NULL,
  region_id integer NOT NULL,
  category text,
  -- in the directory in the period; one that is counted without having been expected stays visible as such
  expected boolean NOT NULL,
  state text NOT NULL CONSTRAINT publication_reporter_state CHECK (state IN ('counted', 'kept-out', 'missing')),
  -- kept-out: not-accepted, months-missing…; missing: draft, returned, or nothing at all
  why text,
  org_path text COLLATE "C" NOT NULL,
  PRIMARY KEY (publication_id, organization_id)
);
CREATE INDEX publication_reporter_state_name ON reports.publication_reporter (publication_id, state, name);
CREATE INDEX publication_reporter_organization ON reports.publication_reporter (organization_id);
CALL app.protect('reports.publication_reporter', 'indicator.read', 'report.publish');

-- Only the path of an organisation that moved is carried along; what was published stays.
CREATE FUNCTION reports.published_reporter_stays() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'org_path' = to_jsonb(OLD) - 'org_path' THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'a publication cannot be changed' USING ERRCODE = 'check_violation', CONSTRAINT = 'publication_frozen';
END $$;
CREATE TRIGGER publication_reporter_frozen BEFORE UPDATE OR DELETE ON reports.publication_reporter FOR EACH ROW EXECUTE FUNCTION reports.published_reporter_stays();
