-- The count of months that audit.drop_months would drop for the same $1, and of their rows: months
-- with a partition, and months whose rows it would first move to one. The partition key lets
-- Postgres read those months alone.
with cutoff as materialized (
    select date_trunc('month', (clock_timestamp() - make_interval(secs => $1)) at time zone 'UTC')
        at time zone 'UTC' as ends
),
rows as (
    select recorded_at from audit.login_log where recorded_at < (select ends from cutoff)
    union all
    select recorded_at from audit.sms_log where recorded_at < (select ends from cutoff)
    union all
    select recorded_at from audit.enrollment_log where recorded_at < (select ends from cutoff)
    union all
    select recorded_at from audit.reset_log where recorded_at < (select ends from cutoff)
    union all
    select recorded_at from audit.text_log where recorded_at < (select ends from cutoff)
    union all
    select recorded_at from audit.policy_log where recorded_at < (select ends from cutoff)
    union all
    select recorded_at from audit.operator_log where recorded_at < (select ends from cutoff)
),
old as (
    select date_trunc('month', recorded_at at time zone 'UTC') as month, count(*) as count
    from rows
    group by month
),
months as (
    select month from old
    union
    select to_date(right(relname, 7), 'YYYY_MM')::timestamp
    from pg_inherits
    join pg_class on pg_class.oid = inhrelid
    where inhparent::regclass::text like 'audit.%' and relkind = 'r'
        and relname ~ '_[0-9]{4}_[0-9]{2}$'
        and (to_date(right(relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC'
            <= (select ends from cutoff)
)
select
    (select count(*) from months) as months,
    (select coalesce(sum(count), 0)::bigint from old) as rows
