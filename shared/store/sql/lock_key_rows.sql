-- Of the locks of the trail and of housekeeping, this one is held by the worker that counts.
select pg_try_advisory_xact_lock(7631468, 3)
