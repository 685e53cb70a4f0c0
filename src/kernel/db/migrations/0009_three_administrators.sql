-- 三员分立: one administrator becomes three, for the system, for security, for audit. Who administered before keeps the system.
ALTER TABLE auth.post DROP CONSTRAINT post_role;
UPDATE auth.post SET role = 'system_administrator' WHERE role = 'administrator';
ALTER TABLE auth.post ADD CONSTRAINT post_role CHECK (role IN
  ('filler', 'responsible', 'district_reviewer', 'city_reviewer', 'leader', 'system_administrator', 'security_administrator', 'audit_administrator'));
