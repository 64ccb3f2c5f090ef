-- Retention by whole months, and views for what auditors ask often.

-- Drops the months that ended keep ago or longer, and puts that on record: one row in
-- audit.operator_log, one in audit.dropped. Returns how many rows went. The owner runs it;
-- twofactor-ctl audit drop does. Every dropped row must be sealed, so that its digest stays.
create function audit.drop_months(keep interval) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
    cutoff timestamptz := date_trunc('month', (clock_timestamp() - keep) at time zone 'UTC')
        at time zone 'UTC';
    part record;
    parts text[] := '{}';
    gone bigint := 0;
    through bigint := audit.dropped_through();
    found record;
    wrong bigint;
    on_record bigint;
begin
    perform audit.make_months();
    for part in
        select pg_inherits.inhrelid::regclass::text as name from pg_inherits
        join pg_class on pg_class.oid = inhrelid
        where inhparent::regclass::text like 'audit.%' and relkind = 'r'
            and relname ~ '_[0-9]{4}_[0-9]{2}$'
            and (to_date(right(relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC'
                <= cutoff
        order by relname
    loop
        execute format('select count(*) as rows, max(seq) as last from %s', part.name) into found;
        gone := gone + found.rows;
        through := greatest(through, found.last);
        parts := parts || part.name;
    end loop;
    if parts = '{}' then
        return 0;
    end if;
    if through > (select coalesce(max(to_seq), 0) from audit.seals) then
        perform audit.seal();
    end if;
    if through > (select coalesce(max(to_seq), 0) from audit.seals) then
        raise exception 'the rows to drop are not sealed yet; try again';
    end if;
    wrong := audit.verify(audit.dropped_through() + 1, through);
    on_record := audit.next_seq();
    insert into audit.operator_log (seq, actor_id, command, detail)
    values (on_record, session_user, 'audit drop', format(
        '%s rows recorded before %s, up to seq %s; %s', gone, audit.moment(cutoff), through,
        case when wrong is null then 'every seal over them held'
            else format('the seal from seq %s did not hold', wrong) end));
    insert into audit.dropped (through_seq, recorded_before, rows, record_seq)
    values (through, cutoff, gone, on_record)
    on conflict (through_seq) do update
    set recorded_before = excluded.recorded_before, rows = dropped.rows + excluded.rows,
        record_seq = excluded.record_seq, dropped_at = excluded.dropped_at;
    for part in select unnest(parts) as name loop
        execute format('drop table %s', part.name);
    end loop;
    return gone;
end
$$;

-- The number from which on every seal can be recomputed: the first seal all of whose rows are
-- still there begins with it. A whole export has the rows from here on, and every seal.
create function audit.kept_from() returns bigint
language sql stable as $$
    select coalesce(
        (select min(from_seq) from audit.seals
            where from_seq > (select audit.dropped_through())),
        (select 1 + max(to_seq) from audit.seals),
        1)
$$;
grant execute on function audit.kept_from() to twofactor_auditor;

-- The network of an address, as coarse as one provider or campus: IPv4 by /24, IPv6 by /48.
create function audit.net(ip inet) returns cidr
language sql immutable parallel safe as $$
    select network(set_masklen(ip, case family(ip) when 4 then 24 else 48 end))
$$;
grant execute on function audit.net(inet) to twofactor_auditor;

-- Resets after which, within 24 hours, the user set up a number that no text went to before, or
-- was let in from a network that never was before: what a thief who talked to an administrator
-- would do. What lies before the kept part of the trail counts as never.
create view audit.resets_followed as
    select reset.seq, reset.recorded_at as reset_at, reset.tenant_id, reset.user_id,
        reset.actor_id as admin_id, reset.admin_reason, next.followed_by, next.followed_at,
        next.followed_seq, next.ip
    from audit.reset_log as reset
    cross join lateral (
        select 'new_number' as followed_by, done.recorded_at as followed_at,
            done.seq as followed_seq, null::inet as ip
        from audit.enrollment_log as done
        cross join lateral (
            select number_ref
            from audit.text_log as text
            where text.tenant_id = done.tenant_id and text.user_id = done.user_id
                and text.purpose = 'enrollment' and text.recorded_at <= done.recorded_at
            order by text.recorded_at desc
            limit 1
        ) as own
        where done.tenant_id = reset.tenant_id and done.user_id = reset.user_id
            and done.recorded_at > reset.recorded_at
            and done.recorded_at <= reset.recorded_at + interval '24 hours'
            and done.outcome_type = 'enrollment.completed.v1' and done.method = 'sms'
            and not exists (
                select from audit.text_log as earlier
                where earlier.tenant_id = reset.tenant_id and earlier.user_id = reset.user_id
                    and earlier.number_ref = own.number_ref
                    and earlier.recorded_at < reset.recorded_at)
        union all
        select 'new_network', login.recorded_at, login.seq, login.ip
        from audit.login_log as login
        where login.tenant_id = reset.tenant_id and login.user_id = reset.user_id
            and login.recorded_at > reset.recorded_at
            and login.recorded_at <= reset.recorded_at + interval '24 hours'
            and login.outcome_type = 'login.accepted.v1'
            and not exists (
                select from audit.login_log as earlier
                where earlier.tenant_id = reset.tenant_id and earlier.user_id = reset.user_id
                    and earlier.outcome_type = 'login.accepted.v1'
                    and audit.net(earlier.ip) = audit.net(login.ip)
                    and earlier.recorded_at < reset.recorded_at)
    ) as next
    where reset.outcome_type = 'reset.completed.v1';

-- What each administrator reset in the last 30 days, beside the median of the institution. One
-- stands out with ten resets or more that are over three times that median, or with any reset
-- that was followed as above.
create view audit.resets_by_admin as
    with own as (
        select tenant_id, actor_id as admin_id, count(*) as resets,
            count(distinct user_id) as users, max(recorded_at) as last_at,
            count(*) filter (where seq in (select seq from audit.resets_followed)) as followed
        from audit.reset_log
        where outcome_type = 'reset.completed.v1'
            and recorded_at > now() - interval '30 days'
        group by tenant_id, actor_id
    ),
    median as (
        select tenant_id, percentile_cont(0.5) within group (order by resets) as resets
        from own
        group by tenant_id
    )
    select own.tenant_id, admin_id, own.resets, users, followed, last_at,
        median.resets as tenant_median,
        followed > 0 or (own.resets >= 10 and own.resets > 3 * median.resets) as stands_out
    from own
    join median using (tenant_id);

-- How many were let in each day without a code, by the rule that waived it, and their share of
-- all who were let in.
create view audit.logins_without_code_by_rule as
    select *
    from (
        select tenant_id, (recorded_at at time zone 'UTC')::date as day, via as rule,
            count(*) as logins, count(distinct user_id) as users,
            round(count(*) / sum(count(*)) over (
                partition by tenant_id, (recorded_at at time zone 'UTC')::date), 4) as share
        from audit.login_log
        where outcome_type = 'login.accepted.v1'
        group by tenant_id, day, via
    ) as every
    where rule in ('remembered', 'grace', 'exempt', 'not_required');

grant select on audit.resets_followed, audit.resets_by_admin, audit.logins_without_code_by_rule
    to twofactor_auditor;
