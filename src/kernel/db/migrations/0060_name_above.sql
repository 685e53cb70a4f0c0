-- To whom an organisation answers is no secret from the organisation itself: the name of its superior, and nothing else of
-- it. Row security hides the superior's own row from whoever sees only what is below.
CREATE FUNCTION org.name_above(organization integer) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
  SELECT s.name FROM org.organization o JOIN org.organization s ON s.id = o.superior_id
  WHERE o.id = organization AND app.may('organization.read') AND o.org_path >= coalesce(app.scope_low(), '~') AND o.org_path < coalesce(app.scope_high(), '')
$$;
GRANT CREATE ON SCHEMA org TO gongxie_system;
ALTER FUNCTION org.name_above(integer) OWNER TO gongxie_system;
REVOKE CREATE ON SCHEMA org FROM gongxie_system;
REVOKE EXECUTE ON FUNCTION org.name_above(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION org.name_above(integer) TO gongxie_app;
