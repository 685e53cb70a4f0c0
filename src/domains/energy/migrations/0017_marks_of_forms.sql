-- A form bears number, maker, approval and validity. The notice was called the maker's; which it is, is a setting of its own now.
ALTER TABLE app.setting NO FORCE ROW LEVEL SECURITY;
UPDATE app.setting SET label = '年度报表批准或备案文号' WHERE key = 'energy.form.notice.annual';
ALTER TABLE app.setting FORCE ROW LEVEL SECURITY;
