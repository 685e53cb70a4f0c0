-- Factors: coal equivalents, densities, CO2 and heating values, each with year, scope, source and validity.
CREATE TABLE energy.factor (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version integer NOT NULL DEFAULT 1,
  kind text NOT NULL CONSTRAINT factor_kind CHECK (kind IN ('coal-equivalent', 'density', 'co2', 'heating-value')),
  energy text NOT NULL,
  scope text NOT NULL CONSTRAINT factor_scope CHECK (scope IN ('national', 'southwest', 'chongqing')),
  -- of electricity: calorific (当量值) or equivalent (等价值)
  method text CONSTRAINT factor_method CHECK (method IN ('calorific', 'equivalent')),
  -- the year that it describes; NULL: any year
  year integer,
  value numeric NOT NULL CONSTRAINT factor_value CHECK (value > 0),
  unit text NOT NULL,
  notice text,
  valid_from date,
  valid_to date,
  source text NOT NULL CONSTRAINT factor_source CHECK (source <> ''),
  unsure boolean NOT NULL DEFAULT false,
  note text,
  org_path text COLLATE "C" NOT NULL DEFAULT '1.',
  CONSTRAINT factor_once UNIQUE NULLS NOT DISTINCT (kind, energy, scope, method, year, valid_from)
);
CALL app.publish('energy.factor', 'setting.update');
CREATE TRIGGER factor_version BEFORE UPDATE ON energy.factor FOR EACH ROW EXECUTE FUNCTION app.raise_version();
CREATE TRIGGER factor_track AFTER INSERT OR UPDATE OR DELETE ON energy.factor FOR EACH ROW EXECUTE FUNCTION audit.track('energy.factor');

-- Exactly the factors that made a figure, under a short code: results carry the code, nothing is recomputed silently.
CREATE TABLE energy.factor_set (
  code text PRIMARY KEY,
  factors jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CALL app.publish('energy.factor_set');
CREATE POLICY follow_insert ON energy.factor_set FOR INSERT TO gongxie_app
  WITH CHECK ((SELECT app.may('report.file')) OR (SELECT app.may('report.review')));

-- Targets handed down from the city to districts to institutions; the nation's are there to compare with.
CREATE TABLE energy.target (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version integer NOT NULL DEFAULT 1,
  indicator text NOT NULL,
  scope text NOT NULL CONSTRAINT target_scope CHECK (scope IN ('nation', 'region', 'organization')),
  region_id integer REFERENCES org.region,
  organization_id integer REFERENCES org.organization,
  org_path text COLLATE "C" NOT NULL DEFAULT '1.',
  base_year integer NOT NULL,
  base_value numeric,
  target_year integer NOT NULL,
  reduction_percent numeric,
  total numeric,
  handed_down_from integer REFERENCES energy.target,
  source text NOT NULL CONSTRAINT target_source CHECK (source <> ''),
  unsure boolean NOT NULL DEFAULT false,
  note text,
  confirmed_at timestamptz,
  confirmed_by_name text,
  CONSTRAINT target_years CHECK (target_year > base_year),
  CONSTRAINT target_value CHECK ((reduction_percent IS NULL) <> (total IS NULL)),
  CONSTRAINT target_place CHECK ((scope = 'region') = (region_id IS NOT NULL) AND (scope = 'organization') = (organization_id IS NOT NULL)),
  CONSTRAINT target_once UNIQUE NULLS NOT DISTINCT (indicator, scope, region_id, organization_id, base_year, target_year)
);
CREATE TRIGGER target_version BEFORE UPDATE ON energy.target FOR EACH ROW EXECUTE FUNCTION app.raise_version();
CREATE TRIGGER target_track AFTER INSERT OR UPDATE OR DELETE ON energy.target FOR EACH ROW EXECUTE FUNCTION audit.track('energy.target', 'org_path');
CALL app.protect('energy.target', 'indicator.read', 'target.update');
-- What stands above an organisation concerns it: targets of the nation and of the levels on its way up are read too.
CREATE POLICY above_select ON energy.target FOR SELECT TO gongxie_app
  USING ((SELECT app.may('indicator.read')) AND starts_with((SELECT app.scope_low()), org_path));

-- The figure of an institution for a month, a quarter or a year: one row each, whatever form it came on.
-- A quarter or year is its counted form; without one, the sum of its counted monthly ledgers if none is missing;
-- otherwise it is kept out, and the row says why. Quantities in the units of the form, tce and co2 in tonnes.
CREATE TABLE energy.consumption (
  organization_id integer NOT NULL REFERENCES org.organization,
  months smallint NOT NULL CONSTRAINT consumption_months CHECK (months IN (1, 3, 12)),
  period_start date NOT NULL,
  org_path text COLLATE "C" NOT NULL,
  -- the district, or the city's department, in whose totals it is counted: the first two steps of org_path
  cube_path text COLLATE "C" GENERATED ALWAYS AS (substring(org_path FROM '^[0-9]+[.](?:[0-9]+[.])?')) STORED,
  region_id integer NOT NULL,
  region_now_id integer NOT NULL,
  category text NOT NULL,
  -- form: on a form of exactly this period; months: summed from the monthly ledgers
  origin text NOT NULL CONSTRAINT consumption_origin CHECK (origin IN ('form', 'months')),
  -- no foreign key: when a filing goes, its figure must still be found to go, with the totals that it was in
  filing_id bigint CONSTRAINT consumption_filing UNIQUE,
  ledgers smallint,
  counted boolean NOT NULL,
  kept_out text CONSTRAINT consumption_kept_out CHECK (kept_out IN ('not-accepted', 'months-missing')),
  factor_set text NOT NULL,
  electricity numeric, coal numeric, natural_gas numeric, lpg numeric, petrol numeric, diesel numeric,
  kerosene numeric, heat numeric, other_energy numeric, pv_generation numeric, petrol_vehicle numeric,
  diesel_vehicle numeric, water numeric,
  cost numeric, people numeric, building_area numeric,
  tce_electricity numeric, tce_coal numeric, tce_natural_gas numeric, tce_lpg numeric, tce_petrol numeric,
  tce_diesel numeric, tce_kerosene numeric, tce_heat numeric, tce_other_energy numeric,
  tce numeric, tce_vehicle numeric,
  co2_electricity numeric, co2_coal numeric, co2_natural_gas numeric, co2_lpg numeric, co2_petrol numeric,
  co2_diesel numeric, co2_kerosene numeric, co2_heat numeric, co2_other_energy numeric,
  co2 numeric,
  -- A ratio is taken over those that have both sides: who lacks one is missing from it, and is not zero in it.
  tce_with_people numeric GENERATED ALWAYS AS (CASE WHEN people > 0 THEN tce END) STORED,
  people_with_tce numeric GENERATED ALWAYS AS (CASE WHEN people > 0 AND tce IS NOT NULL THEN people END) STORED,
  water_with_people numeric GENERATED ALWAYS AS (CASE WHEN people > 0 THEN water END) STORED,
  people_with_water numeric GENERATED ALWAYS AS (CASE WHEN people > 0 AND water IS NOT NULL THEN people END) STORED,
  tce_with_area numeric GENERATED ALWAYS AS (CASE WHEN building_area > 0 THEN tce END) STORED,
  tce_vehicle_with_area numeric GENERATED ALWAYS AS (CASE WHEN building_area > 0 THEN tce_vehicle END) STORED,
  area_with_tce numeric GENERATED ALWAYS AS (CASE WHEN building_area > 0 AND tce IS NOT NULL THEN building_area END) STORED,
  co2_with_area numeric GENERATED ALWAYS AS (CASE WHEN building_area > 0 THEN co2 END) STORED,
  area_with_co2 numeric GENERATED ALWAYS AS (CASE WHEN building_area > 0 AND co2 IS NOT NULL THEN building_area END) STORED,
  PRIMARY KEY (organization_id, months, period_start),
  CONSTRAINT consumption_reason CHECK (counted = (kept_out IS NULL)),
  CONSTRAINT consumption_source CHECK ((origin = 'form') = (filing_id IS NOT NULL))
);
CREATE INDEX consumption_path ON energy.consumption (months, period_start, org_path);
CALL app.protect('energy.consumption', 'report.read', 'report.file');
-- It follows the facts of the filing: who may review or restructure moves it too.
CREATE POLICY follow_insert ON energy.consumption FOR INSERT TO gongxie_app
  WITH CHECK (org_path >= (SELECT app.scope_low()) AND org_path < (SELECT app.scope_high()) AND (SELECT app.may('report.review') OR app.may('organization.restructure')));
CREATE POLICY follow_update ON energy.consumption FOR UPDATE TO gongxie_app
  USING (org_path >= (SELECT app.scope_low()) AND org_path < (SELECT app.scope_high()) AND (SELECT app.may('report.review') OR app.may('organization.restructure')))
  WITH CHECK (org_path >= (SELECT app.scope_low()) AND org_path < (SELECT app.scope_high()) AND (SELECT app.may('report.review') OR app.may('organization.restructure')));
CREATE POLICY follow_delete ON energy.consumption FOR DELETE TO gongxie_app
  USING (org_path >= (SELECT app.scope_low()) AND org_path < (SELECT app.scope_high()) AND (SELECT app.may('report.review') OR app.may('organization.restructure')));

-- Totals by period, region then and now, category: provably the sums of energy.consumption, and opened at once.
CREATE TABLE energy.cube (
  months smallint NOT NULL,
  period_start date NOT NULL,
  org_path text COLLATE "C" NOT NULL,
  region_id integer NOT NULL,
  region_now_id integer NOT NULL,
  category text NOT NULL,
  counted integer NOT NULL,
  kept_out integer NOT NULL,
  factor_sets text[] NOT NULL,
  electricity numeric, coal numeric, natural_gas numeric, lpg numeric, petrol numeric, diesel numeric,
  kerosene numeric, heat numeric, other_energy numeric, pv_generation numeric, petrol_vehicle numeric,
  diesel_vehicle numeric, water numeric,
  cost numeric, people numeric, building_area numeric,
  tce_electricity numeric, tce_coal numeric, tce_natural_gas numeric, tce_lpg numeric, tce_petrol numeric,
  tce_diesel numeric, tce_kerosene numeric, tce_heat numeric, tce_other_energy numeric,
  tce numeric, tce_vehicle numeric,
  co2_electricity numeric, co2_coal numeric, co2_natural_gas numeric, co2_lpg numeric, co2_petrol numeric,
  co2_diesel numeric, co2_kerosene numeric, co2_heat numeric, co2_other_energy numeric,
  co2 numeric,
  tce_with_people numeric, people_with_tce numeric, water_with_people numeric, people_with_water numeric,
  tce_with_area numeric, tce_vehicle_with_area numeric, area_with_tce numeric, co2_with_area numeric, area_with_co2 numeric,
  PRIMARY KEY (months, period_start, org_path, region_id, region_now_id, category)
);
ALTER TABLE energy.cube ENABLE ROW LEVEL SECURITY;
ALTER TABLE energy.cube FORCE ROW LEVEL SECURITY;
CREATE POLICY app_select ON energy.cube FOR SELECT TO gongxie_app
  USING (org_path >= (SELECT app.scope_low()) AND org_path < (SELECT app.scope_high()) AND (SELECT app.may('indicator.read')));
CREATE POLICY app_insert ON energy.cube FOR INSERT TO gongxie_app WITH CHECK (false);
CREATE POLICY app_update ON energy.cube FOR UPDATE TO gongxie_app USING (false);
CREATE POLICY app_delete ON energy.cube FOR DELETE TO gongxie_app USING (false);
CREATE POLICY system_all ON energy.cube FOR ALL TO gongxie_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON energy.cube TO gongxie_app, gongxie_system;

-- Which cells no longer agree. Only ever added to by writers: a row that is not committed yet cannot be swept away
-- by a refresh that does not see its figures.
CREATE TABLE energy.cube_dirty (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  months smallint NOT NULL,
  period_start date NOT NULL,
  org_path text COLLATE "C" NOT NULL
);
ALTER TABLE energy.cube_dirty ENABLE ROW LEVEL SECURITY;
ALTER TABLE energy.cube_dirty FORCE ROW LEVEL SECURITY;
CREATE POLICY app_select ON energy.cube_dirty FOR SELECT TO gongxie_app USING ((SELECT app.actor_id()) IS NOT NULL);
CREATE POLICY app_insert ON energy.cube_dirty FOR INSERT TO gongxie_app WITH CHECK ((SELECT app.actor_id()) IS NOT NULL);
CREATE POLICY app_update ON energy.cube_dirty FOR UPDATE TO gongxie_app USING (false);
CREATE POLICY app_delete ON energy.cube_dirty FOR DELETE TO gongxie_app USING (false);
CREATE POLICY system_all ON energy.cube_dirty FOR ALL TO gongxie_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON energy.cube_dirty TO gongxie_app, gongxie_system;

-- Whoever writes a figure, and however, marks the cells that it was in and is in now.
CREATE FUNCTION energy.mark_cells() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO energy.cube_dirty (months, period_start, org_path) SELECT DISTINCT months, period_start, cube_path FROM old_rows;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO energy.cube_dirty (months, period_start, org_path) SELECT DISTINCT months, period_start, cube_path FROM new_rows;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER consumption_inserted AFTER INSERT ON energy.consumption REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION energy.mark_cells();
CREATE TRIGGER consumption_updated AFTER UPDATE ON energy.consumption REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION energy.mark_cells();
CREATE TRIGGER consumption_deleted AFTER DELETE ON energy.consumption REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION energy.mark_cells();
