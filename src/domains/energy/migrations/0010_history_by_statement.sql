-- Forms are written a city at a time: their history is written by statement (kernel 0030).
DO $$
DECLARE
  form text;
BEGIN
  FOREACH form IN ARRAY ARRAY['monthly_2022', 'monthly_2025', 'quarterly_2022', 'quarterly_2025', 'annual_2022', 'annual_2025'] LOOP
    EXECUTE format('DROP TRIGGER %I ON energy.%I', form || '_track', form);
    EXECUTE format('CALL audit.follow(%L, %L, %L)', 'energy.' || form, 'org_path', 'region_id');
  END LOOP;
END $$;
