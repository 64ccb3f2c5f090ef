-- The trail, sealed. Every five minutes a worker seals the rows that were added: a seal holds a
-- digest over them and over the seal before, so that whoever changes, adds or deletes a row later
-- breaks the chain.

-- A moment as the lines below have it: RFC 3339 in UTC with six digits, whatever the session says.
create function audit.moment(at timestamptz) returns text
language sql stable parallel safe as $$
    select case when at < timestamptz '0001-01-01 00:00:00+00' then '-' else '' end
        || to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
grant execute on function audit.moment(timestamptz) to twofactor_auditor;

-- Every row of the trail as one line of JSON: what is sealed, byte for byte, and what an export
-- has. Members that are null are left out, so a column that a later release adds changes no line
-- of before.
create view audit.lines (seq, line) as
    select seq, json_strip_nulls(row_to_json(member))::text from (
        select 'login_log' as log, seq, audit.moment(recorded_at) as recorded_at,
            audit.moment(occurred_at) as occurred_at, event_id, source, event_type, outcome_id,
            outcome_type, tenant_id, user_id, actor_id, session_id, method, reason,
            host(ip) as ip, via, policy_required
        from audit.login_log) as member
    union all
    select seq, json_strip_nulls(row_to_json(member))::text from (
        select 'sms_log' as log, seq, audit.moment(recorded_at) as recorded_at,
            audit.moment(occurred_at) as occurred_at, event_id, source, event_type, outcome_id,
            outcome_type, tenant_id, user_id, actor_id, session_id, method, reason
        from audit.sms_log) as member
    union all
    select seq, json_strip_nulls(row_to_json(member))::text from (
        select 'enrollment_log' as log, seq, audit.moment(recorded_at) as recorded_at,
            audit.moment(occurred_at) as occurred_at, event_id, source, event_type, outcome_id,
            outcome_type, tenant_id, user_id, actor_id, session_id, method, reason, admin_reason
        from audit.enrollment_log) as member
    union all
    select seq, json_strip_nulls(row_to_json(member))::text from (
        select 'reset_log' as log, seq, audit.moment(recorded_at) as recorded_at,
            audit.moment(occurred_at) as occurred_at, event_id, source, event_type, outcome_id,
            outcome_type, tenant_id, user_id, actor_id, session_id, method, reason, admin_reason
        from audit.reset_log) as member
    union all
    select seq, json_strip_nulls(row_to_json(member))::text from (
        select 'text_log' as log, seq, audit.moment(recorded_at) as recorded_at, tenant_id,
            user_id, session_id, event_id, purpose, number_ref, country, provider, provider_ref,
            result
        from audit.text_log) as member
    union all
    select seq, json_strip_nulls(row_to_json(member))::text from (
        select 'policy_log' as log, seq, audit.moment(recorded_at) as recorded_at, tenant_id,
            actor_id, required, grace_days, required_before, grace_days_before
        from audit.policy_log) as member
    union all
    select seq, json_strip_nulls(row_to_json(member))::text from (
        select 'operator_log' as log, seq, audit.moment(recorded_at) as recorded_at, actor_id,
            command, detail
        from audit.operator_log) as member;
grant select on audit.lines to twofactor_auditor;

-- One row a seal: the chain. Each begins where the one before ended; they are kept for ever.
create table audit.seals (
    from_seq bigint primary key check (from_seq > 0),
    to_seq bigint not null unique check (to_seq >= from_seq),
    rows bigint not null check (rows > 0),
    digest bytea not null check (octet_length(digest) = 32),
    sealed_at timestamptz not null default clock_timestamp()
);
grant select on audit.seals to twofactor_worker, twofactor_auditor;

-- The seals as lines of an export.
create view audit.seal_lines (to_seq, line) as
    select to_seq, json_strip_nulls(row_to_json(member))::text from (
        select 'seals' as log, from_seq, to_seq, rows, encode(digest, 'hex') as digest,
            audit.moment(sealed_at) as sealed_at
        from audit.seals) as member;
grant select on audit.seal_lines to twofactor_auditor;

-- The digest of a seal: SHA-256 of the digest before (32 zero bytes at first), a line with what
-- the seal says of itself, and the SHA-256 of each row's line in the order of seq.
create function audit.digest(
    before bytea, from_seq bigint, to_seq bigint, rows bigint, sealed_at timestamptz, hashes bytea
) returns bytea
language sql stable parallel safe as $$
    select sha256(coalesce(before, decode(repeat('00', 32), 'hex'))
        || convert_to(concat_ws(' ', from_seq, to_seq, rows, audit.moment(sealed_at)), 'UTF8')
        || '\x0a'::bytea || hashes)
$$;
grant execute on function audit.digest(bytea, bigint, bigint, bigint, timestamptz, bytea)
    to twofactor_auditor;

-- What retention took away, and the row of audit.operator_log that puts it on record.
create table audit.dropped (
    through_seq bigint primary key,
    recorded_before timestamptz not null,
    rows bigint not null,
    record_seq bigint not null,
    dropped_at timestamptz not null default clock_timestamp()
);
grant select on audit.dropped to twofactor_auditor;

-- The last number of which rows were dropped, 0 where none were. A drop that is not on record
-- does not count.
create function audit.dropped_through() returns bigint
language sql stable as $$
    select coalesce(max(through_seq), 0) from audit.dropped
    where exists (select from audit.operator_log
        where seq = record_seq and command = 'audit drop')
$$;
grant execute on function audit.dropped_through() to twofactor_auditor;

-- Recomputes the seals that cover any number from from_seq to to_seq, all of them where those are
-- null; returns from_seq of the first that does not hold, or null. Of a seal whose rows were
-- dropped by retention only its place in the chain is checked.
create function audit.verify(from_seq bigint default null, to_seq bigint default null)
returns bigint
language sql stable
set search_path = pg_catalog, pg_temp set jit = off set work_mem = '64MB' as $$
    with chain as (
        select seal.*,
            seal.from_seq = 1 + lag(seal.to_seq, 1, 0::bigint) over place as follows,
            lag(seal.digest) over place as before
        from audit.seals as seal
        window place as (order by seal.from_seq)
    ),
    asked as materialized (
        select *
        from chain
        where (verify.from_seq is null or chain.to_seq >= verify.from_seq)
            and (verify.to_seq is null or chain.from_seq <= verify.to_seq)
    ),
    whole as materialized (
        select *, row_number() over (order by asked.from_seq) as place
        from asked
        where asked.from_seq > (select audit.dropped_through())
    ),
    range as materialized (
        -- Before the first seal of all there is nothing, so a row there is an added one.
        select array_agg(whole.from_seq order by place) as starts,
            min(case when before is null then -9223372036854775808 else whole.from_seq end)
                as first,
            max(whole.to_seq) as last
        from whole
    ),
    found as (
        select place, count(*) as rows, string_agg(hash, '' order by seq) as hashes
        from (
            select lines.seq, sha256(convert_to(line, 'UTF8')) as hash,
                greatest(width_bucket(lines.seq, range.starts), 1)::bigint as place
            from range, audit.lines
            where lines.seq between range.first and range.last
        ) as row
        join whole using (place)
        where row.seq <= whole.to_seq
        group by place
    )
    select min(from_seq)
    from (
        select whole.from_seq from whole left join found using (place)
        where follows is not true or found.rows is distinct from whole.rows
            or digest is distinct from audit.digest(before, whole.from_seq, whole.to_seq,
                whole.rows, sealed_at, hashes)
        union all
        select asked.from_seq from asked where follows is not true
    ) as wrong (from_seq)
$$;
grant execute on function audit.verify(bigint, bigint) to twofactor_auditor;

-- Seals what was added since the last seal, unless that was made less than spacing ago, and
-- returns the seals that it made: none where nothing was added, where somebody else is at it, or
-- where a transaction that adds rows goes on for longer than patience.
create function audit.seal(
    spacing interval default '0', patience interval default '5 seconds'
) returns setof audit.seals
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
    before audit.seals;
    made audit.seals;
    last bigint;
    writers text[];
    give_up timestamptz := clock_timestamp() + patience;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'audit.seal must see what commits while it runs; use read committed';
    end if;
    if not pg_try_advisory_xact_lock(7631468, 2) then
        return;
    end if;
    select * into before from audit.seals order by from_seq desc limit 1;
    if before.sealed_at > clock_timestamp() - spacing then
        return;
    end if;
    -- Rows up to here come from whoever holds the lock of writers now, or are there, or never
    -- will be. Who begins later draws a higher number.
    select last_value into last from audit.seq where is_called;
    if last is null or last <= coalesce(before.to_seq, 0) then
        return;
    end if;
    select array_agg(virtualtransaction) into writers from pg_locks
    where locktype = 'advisory' and classid = 7631468 and objid = 1 and objsubid = 2
        and database = (select oid from pg_database where datname = current_database())
        and pid <> pg_backend_pid();
    while exists (select from pg_locks where virtualtransaction = any (writers)
        and locktype = 'advisory' and classid = 7631468 and objid = 1 and objsubid = 2)
    loop
        if clock_timestamp() > give_up then
            return;
        end if;
        perform pg_sleep(0.01);
    end loop;
    loop
        made := null;
        made.from_seq := coalesce(before.to_seq, 0) + 1;
        -- In pieces, so that no digest has too much to hold at once.
        select seq into made.to_seq from audit.lines
        where seq >= made.from_seq and seq <= last order by seq offset 99999 limit 1;
        made.to_seq := coalesce(made.to_seq, last);
        made.sealed_at := clock_timestamp();
        select count(*), audit.digest(before.digest, made.from_seq, made.to_seq, count(*),
                made.sealed_at, string_agg(sha256(convert_to(line, 'UTF8')), '' order by seq))
        into made.rows, made.digest
        from audit.lines where seq between made.from_seq and made.to_seq;
        exit when made.rows = 0;
        insert into audit.seals select made.*;
        return next made;
        before := made;
        exit when made.to_seq >= last;
    end loop;
end
$$;
grant execute on function audit.seal(interval, interval) to twofactor_worker;

-- Seconds since the oldest row that no seal covers was added; 0 where every row is sealed.
create function audit.seal_age() returns double precision
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    sealed bigint;
    oldest timestamptz;
begin
    select coalesce(max(to_seq), 0) into sealed from audit.seals;
    select min(recorded_at) into oldest from (
        (select recorded_at from audit.login_log where seq > sealed order by seq limit 1)
        union all
        (select recorded_at from audit.sms_log where seq > sealed order by seq limit 1)
        union all
        (select recorded_at from audit.enrollment_log where seq > sealed order by seq limit 1)
        union all
        (select recorded_at from audit.reset_log where seq > sealed order by seq limit 1)
        union all
        (select recorded_at from audit.text_log where seq > sealed order by seq limit 1)
        union all
        (select recorded_at from audit.policy_log where seq > sealed order by seq limit 1)
        union all
        (select recorded_at from audit.operator_log where seq > sealed order by seq limit 1)
    ) as first;
    return greatest(0, coalesce(extract(epoch from clock_timestamp() - oldest), 0));
end
$$;
grant execute on function audit.seal_age() to twofactor_worker, twofactor_auditor;

-- How far the seals were broadcast. One row.
create table twofactor.seal_broadcast (
    one boolean primary key default true check (one),
    to_seq bigint not null
);
insert into twofactor.seal_broadcast (to_seq) values (0);
grant select, update on twofactor.seal_broadcast to twofactor_worker;
