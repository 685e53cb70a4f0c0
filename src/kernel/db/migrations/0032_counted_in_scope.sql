-- How many of a category a district has, for somebody who sees the district: the scope is a range of this index, and is
-- not compared with every row that the filter finds.
CREATE INDEX organization_counted ON org.organization (region_id, category, org_path);
