-- The clock, once every lock is held: what waits for a lock is counted, and read, first.
with locked as materialized (
    select count(pg_advisory_xact_lock(key)) as locks from unnest($1::bigint[]) as wanted (key)
)
select clock_timestamp() from locked
