-- The clock, once every lock is held: what waits for a lock is counted, and read, first. Beside it
-- what shows whether this is still the session that was opened, on a primary: shown here, it costs
-- no statement of its own.
with locked as materialized (
    select count(pg_advisory_xact_lock(key)) as locks from unnest($1::bigint[]) as wanted (key)
)
select
    clock_timestamp(), current_setting('transaction_read_only'),
    current_setting('twofactor.session', true)
from locked
