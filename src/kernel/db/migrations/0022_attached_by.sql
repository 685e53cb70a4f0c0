-- Which organisation brought a file: its id, because a path changes when the organisation moves.
ALTER TABLE files.attachment ADD COLUMN by_organization integer;
UPDATE files.attachment SET by_organization = substring(by_path FROM '([0-9]+)[.]$')::integer;
ALTER TABLE files.attachment ALTER COLUMN by_organization SET NOT NULL, DROP COLUMN by_path;
