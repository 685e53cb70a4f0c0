-- A region and a category of a register, in each order that the list offers. By the index of the order alone PostgreSQL
-- believes the wanted rows to be spread evenly, and reads half a million names because those of a district stand together.
CREATE INDEX organization_region_category_name ON org.organization (region_id, category, name, id);
CREATE INDEX organization_region_category_area ON org.organization (region_id, category, building_area DESC NULLS LAST, id);
CREATE INDEX organization_region_category_people ON org.organization (region_id, category, people DESC NULLS LAST, id);
