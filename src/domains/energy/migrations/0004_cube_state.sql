-- Which state the cube is in: raised in the transaction that rewrites cells. What was read and reckoned in one state is
-- good as long as that is the state, in every process.
CREATE TABLE energy.cube_state (
  single boolean PRIMARY KEY DEFAULT true CONSTRAINT cube_state_single CHECK (single),
  version bigint NOT NULL DEFAULT 0
);
INSERT INTO energy.cube_state DEFAULT VALUES;
CALL app.publish('energy.cube_state');
