-- Who answers today for an organisation that ended: its successor, and where that one ended too, the successor's. Of
-- several (a split) the one of the latest act with the smallest id, everywhere the same; NULL while it lives or without one.
CREATE FUNCTION org.heir(organization integer) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS
$$
  WITH RECURSIVE line AS (
    SELECT organization AS id, 0 AS step
    UNION ALL
    SELECT (SELECT s.to_id FROM org.succession s JOIN org.organization o ON o.id = s.from_id
            WHERE s.from_id = line.id AND o.valid_to IS NOT NULL ORDER BY s.change_id DESC, s.to_id LIMIT 1), step + 1
    FROM line WHERE line.id IS NOT NULL AND step < 30
  )
  SELECT id FROM line WHERE id IS NOT NULL AND step > 0 ORDER BY step DESC LIMIT 1
$$;
