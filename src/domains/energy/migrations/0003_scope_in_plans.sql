-- Policies of figures and cube that were written by hand take the form that the planner understands.
CALL app.revise_scope();
