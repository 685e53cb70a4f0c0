-- Personal data is shown in part; who saw it whole, and why, is kept.
CREATE TABLE auth.reveal (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entity text NOT NULL,
  -- A list that went out has no single record.
  record_id integer,
  field text NOT NULL,
  records integer NOT NULL DEFAULT 1,
  reason text NOT NULL CONSTRAINT reveal_reason CHECK (length(reason) > 1),
  org_path text COLLATE "C" NOT NULL,
  by_id integer NOT NULL,
  by_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reveal_record ON auth.reveal (entity, record_id);
CALL app.protect('auth.reveal', 'security.decide', 'personal.reveal');
ALTER POLICY app_insert ON auth.reveal WITH CHECK (by_id = (SELECT app.actor_id()) AND org_path >= app.scope_low() AND org_path < app.scope_high() AND ((SELECT app.may('personal.reveal')) OR (SELECT app.may('personal.export'))));
ALTER POLICY app_update ON auth.reveal USING (false);
ALTER POLICY app_delete ON auth.reveal USING (false);
CREATE FUNCTION auth.note_reveal() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
  INSERT INTO audit.change (actor_id, actor_name, operation, entity, record_id, org_path, action, changes, reason)
  VALUES (NEW.by_id, NEW.by_name, coalesce(nullif(current_setting('app.operation', true), ''), 'database'), 'auth.reveal', NEW.id, NEW.org_path, 'create',
    jsonb_build_object('entity', NEW.entity, 'record', NEW.record_id, 'field', NEW.field, 'records', NEW.records), NEW.reason);
  RETURN NULL;
END $$;
CREATE TRIGGER reveal_track AFTER INSERT ON auth.reveal FOR EACH ROW EXECUTE FUNCTION auth.note_reveal();
