-- How often somebody asked, so that several server processes count together. Each process counts by itself and settles
-- here once a second, and only for those who are on the way to a limit. Unlogged: after a crash it is empty, which is right.
CREATE UNLOGGED TABLE app.rate_use (
  key text NOT NULL,
  slot bigint NOT NULL,
  process uuid NOT NULL,
  used integer NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (key, slot, process)
);
CREATE INDEX rate_use_at ON app.rate_use (at);
CALL app.seal('app.rate_use');

-- Files that a person is taking out right now. A place that was not given back (its process died) is free again by time.
CREATE UNLOGGED TABLE app.export_place (
  person_id integer NOT NULL,
  place integer NOT NULL,
  process uuid NOT NULL,
  until timestamptz NOT NULL,
  PRIMARY KEY (person_id, place)
);
CALL app.seal('app.export_place');
