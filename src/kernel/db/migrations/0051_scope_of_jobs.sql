-- Long work (0038) got its policies by hand, without the way of reading for who stands at the root. A new database had it
-- all the same, because a later file of a domain revises every policy once more; one that comes from 0.1.0 had not.
CALL app.revise_scope();
