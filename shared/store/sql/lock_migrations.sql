-- The lock belongs to the session, so it ends with the connection, even if a migration fails.
select pg_advisory_lock($1)
