-- The lock of the worker that counts; its class is that of the locks of the trail.
select pg_try_advisory_xact_lock(7631468, 3)
