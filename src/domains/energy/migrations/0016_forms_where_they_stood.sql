-- Acts of change that were recorded late, and corrections of the register, left the forms of their time in the region and
-- category from before, while those expected already stood in the new ones. From here on forms follow (decision 0031); those
-- that are behind are put where the register says that their organisation stood at the end of their period, once. Their
-- figures are marked; what was published stays.
DO $$
DECLARE
  part text;
  touched bigint[];
  named text[] := ARRAY['reports.filing', 'org.placement', 'energy.figure_due', 'energy.monthly_2022', 'energy.monthly_2025', 'energy.quarterly_2022', 'energy.quarterly_2025', 'energy.annual_2022', 'energy.annual_2025'];
BEGIN
  FOREACH part IN ARRAY named LOOP EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', part); END LOOP;
  WITH moved AS (
    UPDATE reports.filing f SET region_id = p.region_id, category = coalesce(p.category, f.category)
    FROM org.placement p
    WHERE p.organization_id = f.organization_id AND p.valid_from < (f.period_start + make_interval(months => f.months))::date
      AND (p.valid_to IS NULL OR p.valid_to >= (f.period_start + make_interval(months => f.months))::date)
      AND (f.region_id <> p.region_id OR f.category <> p.category)
    RETURNING f.id)
  SELECT array_agg(id ORDER BY id) INTO touched FROM moved;
  IF touched IS NOT NULL THEN
    FOREACH part IN ARRAY named[4:] LOOP
      EXECUTE format('UPDATE %s v SET region_id = f.region_id FROM reports.filing f WHERE f.id = ANY ($1) AND v.filing_id = f.id AND v.region_id <> f.region_id', part) USING touched;
    END LOOP;
    INSERT INTO energy.figure_due (filing_ids)
    SELECT array_agg(id) FROM reports.filing WHERE id = ANY (touched) AND (counted OR submitted_at IS NOT NULL OR first_submitted_at IS NOT NULL) HAVING count(*) > 0;
  END IF;
  FOREACH part IN ARRAY named LOOP EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', part); END LOOP;
END $$;
