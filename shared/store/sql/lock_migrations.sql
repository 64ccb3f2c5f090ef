-- The lock is the session's, so it goes with the connection however a migration ends.
select pg_advisory_lock($1)
