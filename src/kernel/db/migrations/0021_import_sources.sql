-- A file that waits for its check lies in the database, so that any process may check it, and a restart loses none.
-- It is deleted when the check has ended.
CREATE TABLE imports.source (
  batch_id bigint NOT NULL REFERENCES imports.batch ON DELETE CASCADE,
  part integer NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (batch_id, part)
);
CALL app.seal('imports.source');
