-- The chain over the trail. A line's place, and its hash over everything before it, stand beside the line and not in it:
-- they are made after the commit, and a line is never touched again. Seals stay also when their month was archived.
CREATE TABLE audit.seal (
  seq bigint PRIMARY KEY,
  entry_id bigint NOT NULL CONSTRAINT seal_once UNIQUE,
  entry_at timestamptz NOT NULL,
  -- Which key, and how a line was made into text: both may change while the chain goes on.
  key smallint NOT NULL,
  form smallint NOT NULL,
  hash bytea NOT NULL CONSTRAINT seal_hash CHECK (length(hash) = 32)
);
CREATE TABLE audit.archive (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  month date NOT NULL CONSTRAINT archive_once UNIQUE,
  first_seq bigint NOT NULL,
  last_seq bigint NOT NULL,
  entries bigint NOT NULL,
  file text NOT NULL,
  -- Of the file; of the numbers and hashes of its lines, which the seals must still show.
  file_sm3 text NOT NULL,
  seals_sm3 text NOT NULL,
  key smallint NOT NULL,
  signature text NOT NULL
);
-- Never the key itself: by what it is known again, so that a second process with another key does not seal.
CREATE TABLE audit.key (
  id smallint PRIMARY KEY,
  fingerprint text NOT NULL,
  since timestamptz NOT NULL DEFAULT now()
);
-- What the sealer remembers. Not evidence: a check never believes it.
CREATE TABLE audit.chain (
  one boolean PRIMARY KEY DEFAULT true CONSTRAINT chain_one CHECK (one),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  -- Every line up to here is sealed, or was never committed.
  settled bigint NOT NULL DEFAULT 0,
  anchored_seq bigint,
  anchored_at timestamptz,
  anchored_to text
);
-- Reasons as they were given, once each, with the pieces by which their words are found.
CREATE TABLE audit.reason (
  key uuid PRIMARY KEY,
  reason text NOT NULL,
  grams text[] NOT NULL,
  since timestamptz NOT NULL
);
CREATE INDEX reason_grams ON audit.reason USING gin (grams);
CREATE TABLE audit.verification (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  asked_at timestamptz NOT NULL DEFAULT now(),
  asked_by text NOT NULL,
  from_seq bigint,
  to_seq bigint,
  state text NOT NULL DEFAULT 'waiting' CONSTRAINT verification_state CHECK (state IN ('waiting', 'running', 'intact', 'broken', 'failed')),
  checked bigint NOT NULL DEFAULT 0,
  first_bad bigint,
  findings jsonb NOT NULL DEFAULT '[]',
  ended_at timestamptz
);
DO $$
DECLARE
  t text;
BEGIN
  -- Written by the system, read by the auditor.
  FOREACH t IN ARRAY ARRAY['seal', 'archive', 'key', 'chain', 'reason', 'verification'] LOOP
    EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE audit.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY app_select ON audit.%I FOR SELECT TO gongxie_app USING ((SELECT app.may(''audit.read'')))', t);
    EXECUTE format('CREATE POLICY app_insert ON audit.%I FOR INSERT TO gongxie_app WITH CHECK (false)', t);
    EXECUTE format('CREATE POLICY app_update ON audit.%I FOR UPDATE TO gongxie_app USING (false)', t);
    EXECUTE format('CREATE POLICY app_delete ON audit.%I FOR DELETE TO gongxie_app USING (false)', t);
    EXECUTE format('CREATE POLICY system_select ON audit.%I FOR SELECT TO gongxie_system USING (true)', t);
    EXECUTE format('CREATE POLICY system_insert ON audit.%I FOR INSERT TO gongxie_system WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT ON audit.%I TO gongxie_app', t);
    EXECUTE format('GRANT SELECT, INSERT ON audit.%I TO gongxie_system', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['chain', 'verification'] LOOP
    EXECUTE format('CREATE POLICY system_update ON audit.%I FOR UPDATE TO gongxie_system USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT UPDATE ON audit.%I TO gongxie_system', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['seal', 'archive', 'key'] LOOP
    EXECUTE format('CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON audit.%I FOR EACH ROW EXECUTE FUNCTION audit.stays()', t);
    EXECUTE format('CREATE TRIGGER stays_whole BEFORE TRUNCATE ON audit.%I FOR EACH STATEMENT EXECUTE FUNCTION audit.stays()', t);
    EXECUTE format('ALTER TABLE audit.%I ENABLE ALWAYS TRIGGER stays', t);
    EXECUTE format('ALTER TABLE audit.%I ENABLE ALWAYS TRIGGER stays_whole', t);
  END LOOP;
END $$;
INSERT INTO audit.chain (one) VALUES (true);
