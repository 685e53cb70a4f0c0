-- The office of a district is looked for whenever something is registered there, among all that is registered there.
CREATE INDEX organization_offices ON org.organization (region_id, kind) WHERE kind <> 'institution';
