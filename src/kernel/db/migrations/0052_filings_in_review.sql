-- What waits for a reviewer is counted over all periods, on every desk: an index of that alone. What the city has
-- accepted, nearly everything, is not in it.
CREATE INDEX filing_waiting ON reports.filing (org_path, period_start) INCLUDE (form, months, accepted_level, organization_id, hard_findings, open_findings, explained_findings)
  WHERE submitted_at IS NOT NULL AND accepted_level < 2;
