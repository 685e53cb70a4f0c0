-- Six digits can be guessed by whoever has months: fifteen minutes of lock after five tries leave room for hundreds a day, and
-- four in a quarter of an hour never lock. So wrong codes are counted until a right one, whatever time lies between, and
-- each one after the tenth makes the next wait longer. Counted apart: beside a password, and alone where a password was
-- forgotten. Otherwise whoever knows a sign-in name and nothing else could keep its owner out.
ALTER TABLE auth.second_factor
  ADD COLUMN wrong_beside integer NOT NULL DEFAULT 0,
  ADD COLUMN wait_beside timestamptz,
  ADD COLUMN wrong_alone integer NOT NULL DEFAULT 0,
  ADD COLUMN wait_alone timestamptz;
