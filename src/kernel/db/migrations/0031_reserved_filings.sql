-- An import reserves the ids of the forms that it is going to write, so that its lines need not be written twice.
GRANT USAGE ON SEQUENCE reports.filing_id_seq TO gongxie_app, gongxie_system;
