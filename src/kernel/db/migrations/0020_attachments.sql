-- Attachments: files that belong to a record. What was attached (row) and the bytes (content) are apart: the same bytes are
-- stored once, under a name of our own choice, and known by their SM3.
CREATE SCHEMA files;
GRANT USAGE ON SCHEMA files TO gongxie_app, gongxie_system;

CREATE TABLE files.content (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sm3 text NOT NULL CONSTRAINT content_once UNIQUE CONSTRAINT content_sm3 CHECK (sm3 ~ '^[0-9a-f]{64}$'),
  size bigint NOT NULL CONSTRAINT content_size CHECK (size > 0),
  -- Which store holds it. A process with another store must not take it for lost.
  place text NOT NULL,
  stored_name text NOT NULL CONSTRAINT content_stored_name UNIQUE,
  -- Nobody looked for viruses; waits and is kept back until it was looked at; clean; never handed out.
  scan text NOT NULL CONSTRAINT content_scan CHECK (scan IN ('unscanned', 'pending', 'clean', 'infected')),
  scanned_at timestamptz,
  scanned_by text,
  threat text,
  -- The bytes were found to be others than those that came in, or gone.
  damaged_at timestamptz,
  -- Last time that somebody was about to attach it: the janitor leaves it alone for a while.
  kept_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX content_to_scan ON files.content (id) WHERE scan IN ('unscanned', 'pending');

CREATE TABLE files.attachment (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version integer NOT NULL DEFAULT 1,
  -- The record: its table, its id, and where the table has parts of its own (a cell of a form) which.
  entity text NOT NULL,
  record_id bigint NOT NULL,
  item text NOT NULL DEFAULT '',
  organization_id integer REFERENCES org.organization,
  org_path text COLLATE "C" NOT NULL,
  -- Editions of one document share the id of the first.
  document_id bigint,
  edition integer NOT NULL DEFAULT 1,
  name text NOT NULL CONSTRAINT attachment_name CHECK (length(name) BETWEEN 1 AND 200),
  kind text NOT NULL,
  size bigint NOT NULL,
  sm3 text NOT NULL,
  note text,
  -- Gone only after it was removed and its time of keeping is over.
  content_id bigint REFERENCES files.content CONSTRAINT attachment_content CHECK (content_id IS NOT NULL OR removed_at IS NOT NULL),
  by_id integer, by_name text NOT NULL, by_path text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  removed_at timestamptz, removed_by_name text, removed_reason text, keep_until date,
  CONSTRAINT attachment_removal CHECK ((removed_at IS NULL) = (removed_reason IS NULL) AND (removed_at IS NULL) = (keep_until IS NULL)),
  CONSTRAINT attachment_edition UNIQUE (document_id, edition)
);
CREATE INDEX attachment_record ON files.attachment (entity, record_id, id);
CREATE INDEX attachment_organization ON files.attachment (organization_id);
CREATE INDEX attachment_by ON files.attachment (by_id, at);
CREATE INDEX attachment_content ON files.attachment (content_id);
CREATE INDEX attachment_removed ON files.attachment (keep_until) WHERE removed_at IS NOT NULL AND content_id IS NOT NULL;
CREATE TRIGGER attachment_version BEFORE UPDATE ON files.attachment FOR EACH ROW EXECUTE FUNCTION app.raise_version();
CREATE TRIGGER attachment_track AFTER INSERT OR UPDATE OR DELETE ON files.attachment FOR EACH ROW EXECUTE FUNCTION audit.track('files.attachment', 'content_id');

-- An attachment is seen by whoever sees its record, and by nobody else: the policy asks the record's own table, whose
-- policies answer for the same actor. So it follows a record that moves, and a record that is hidden hides it.
ALTER TABLE files.attachment ENABLE ROW LEVEL SECURITY;
ALTER TABLE files.attachment FORCE ROW LEVEL SECURITY;
CREATE POLICY app_delete ON files.attachment FOR DELETE TO gongxie_app USING (false);
CREATE POLICY system_all ON files.attachment FOR ALL TO gongxie_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON files.attachment TO gongxie_app;
GRANT SELECT, INSERT, UPDATE ON files.attachment TO gongxie_system;

-- Said once for every table whose records take attachments; the table has id and org_path. Of the permissions one suffices.
CREATE PROCEDURE files.attachable(entity text, target regclass, VARIADIC write_permissions text[]) LANGUAGE plpgsql AS
$$
DECLARE
  here text := format('entity = %L', entity);
  visible text := format('EXISTS (SELECT FROM %s r WHERE r.id = attachment.record_id AND r.org_path = attachment.org_path)', target);
  may_read text := '(SELECT app.may(''attachment.read''))';
  may_write text := format('(SELECT app.may(''attachment.write'')) AND (SELECT %s)', (SELECT string_agg(format('app.may(%L)', p), ' OR ') FROM unnest(write_permissions) p));
BEGIN
  EXECUTE format('CREATE POLICY %I ON files.attachment FOR SELECT TO gongxie_app USING (%s AND %s AND EXISTS (SELECT FROM %s r WHERE r.id = attachment.record_id))', 'read ' || entity, here, may_read, target);
  EXECUTE format('CREATE POLICY %I ON files.attachment FOR INSERT TO gongxie_app WITH CHECK (%s AND %s AND %s AND by_id = (SELECT app.actor_id()))', 'add ' || entity, here, may_write, visible);
  EXECUTE format('CREATE POLICY %I ON files.attachment FOR UPDATE TO gongxie_app USING (%s AND %s AND %s) WITH CHECK (%s AND %s AND %s)', 'change ' || entity, here, may_write, visible, here, may_write, visible);
END $$;
CALL files.attachable('reports.filing', 'reports.filing', 'report.file', 'report.review');
CALL files.attachable('reports.publication', 'reports.publication', 'report.publish');
CALL files.attachable('org.organization', 'org.organization', 'organization.update');
CALL files.attachable('org.change', 'org.change', 'organization.restructure');

-- Of contents people see what stands behind attachments that they see; only the system writes.
ALTER TABLE files.content ENABLE ROW LEVEL SECURITY;
ALTER TABLE files.content FORCE ROW LEVEL SECURITY;
CREATE POLICY app_select ON files.content FOR SELECT TO gongxie_app USING (EXISTS (SELECT FROM files.attachment a WHERE a.content_id = content.id));
CREATE POLICY app_insert ON files.content FOR INSERT TO gongxie_app WITH CHECK (false);
CREATE POLICY app_update ON files.content FOR UPDATE TO gongxie_app USING (false);
CREATE POLICY app_delete ON files.content FOR DELETE TO gongxie_app USING (false);
CREATE POLICY system_all ON files.content FOR ALL TO gongxie_system USING (true) WITH CHECK (true);
GRANT SELECT ON files.content TO gongxie_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON files.content TO gongxie_system;

-- What the keeper of the files must look at: wrong bytes, lost files, viruses.
CREATE TABLE files.incident (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version integer NOT NULL DEFAULT 1,
  org_path text COLLATE "C" NOT NULL DEFAULT '1.',
  kind text NOT NULL CONSTRAINT incident_kind CHECK (kind IN ('damaged', 'missing', 'infected')),
  stored_name text NOT NULL,
  detail text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  settled_at timestamptz, settled_by_name text, settled_note text
);
CREATE UNIQUE INDEX incident_open ON files.incident (kind, stored_name) WHERE settled_at IS NULL;
-- The keeper's alone: no permission of anybody else lets a row through.
ALTER TABLE files.incident ENABLE ROW LEVEL SECURITY;
ALTER TABLE files.incident FORCE ROW LEVEL SECURITY;
CREATE POLICY app_select ON files.incident FOR SELECT TO gongxie_app USING ((SELECT app.may('system.operate')));
CREATE POLICY app_insert ON files.incident FOR INSERT TO gongxie_app WITH CHECK (false);
CREATE POLICY app_update ON files.incident FOR UPDATE TO gongxie_app USING ((SELECT app.may('system.operate'))) WITH CHECK ((SELECT app.may('system.operate')));
CREATE POLICY app_delete ON files.incident FOR DELETE TO gongxie_app USING (false);
CREATE POLICY system_all ON files.incident FOR ALL TO gongxie_system USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE ON files.incident TO gongxie_app;
GRANT SELECT, INSERT, UPDATE ON files.incident TO gongxie_system;
CREATE TRIGGER incident_version BEFORE UPDATE ON files.incident FOR EACH ROW EXECUTE FUNCTION app.raise_version();
CREATE TRIGGER incident_track AFTER INSERT OR UPDATE OR DELETE ON files.incident FOR EACH ROW EXECUTE FUNCTION audit.track('files.incident');

-- What the keeping of files found and did, round by round.
CREATE TABLE files.round (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  took_ms integer NOT NULL,
  result jsonb NOT NULL
);
CALL app.seal('files.round');

-- What no law fixes: how much, how long.
INSERT INTO app.setting (key, value, label, unit, source, unsure) VALUES
  ('attachment.file-size', '"50"', '单个附件大小上限', 'MB', '平台默认值，可按存储条件调整（不超过 60 MB）', false),
  ('attachment.person-daily', '"500"', '每人每天上传附件总量上限', 'MB', '平台默认值，可按存储条件调整', false),
  ('attachment.organization-total', '"5120"', '每个机构附件总量上限', 'MB', '平台默认值，可按存储条件调整', false),
  ('attachment.keep-removed', '"365"', '移除的附件保留天数', '天', '平台默认值；会计凭证等另有保管期限规定的，按其规定调整', true);
-- These four are the keeper's of the system, not the statistician's.
CREATE POLICY limits_update ON app.setting FOR UPDATE TO gongxie_app
  USING (key LIKE 'attachment.%' AND (SELECT app.may('system.operate') AND app.scope_low() ~ '^[0-9]+[.]$'))
  WITH CHECK (key LIKE 'attachment.%' AND (SELECT app.may('system.operate') AND app.scope_low() ~ '^[0-9]+[.]$'));
