-- What auditors read: one row per handled event, per call of the provider, per change of a
-- policy, per run of an operator. Workers add rows and can do nothing else with them.
--
-- The tables are partitioned by month, so that old months can be dropped whole. Ids are compared byte by
-- byte: the order of an index by a locale changes when an upgrade of the system changes the locale.

create schema audit;
grant usage on schema audit to twofactor_worker, twofactor_auditor;

-- One sequence numbers the rows of every table.
create sequence audit.seq;
grant usage on sequence audit.seq to twofactor_worker;

-- Numbers the next row of the trail. The lock is taken before the number is, so that audit.seal
-- knows who may still add rows with numbers that were drawn already. Nobody ever waits for it.
--
-- Of the advisory locks of the class 7631468, which are the trail's, 1 is held, shared, by every
-- transaction that adds rows, and 2 by the one that seals.
--
-- It is one expression, so that the planner puts it in the place of the call: a row costs a lock
-- that is held already, and a number.
create function audit.next_seq() returns bigint
language sql volatile as $$
    select case when pg_catalog.pg_advisory_xact_lock_shared(7631468, 1) is not null
        then pg_catalog.nextval('audit.seq') end
$$;
grant execute on function audit.next_seq() to twofactor_worker;

-- One log a service. That of texts has what all of them have; the others have more.
create table audit.sms_log (
    seq bigint default audit.next_seq(),
    recorded_at timestamptz not null default clock_timestamp(),
    occurred_at timestamptz,
    event_id text collate "C",
    source text,
    event_type text,
    outcome_id uuid not null,
    outcome_type text not null,
    tenant_id text collate "C",
    user_id text collate "C",
    actor_id text collate "C",
    session_id text collate "C",
    method text,
    reason text,
    primary key (seq, recorded_at)
) partition by range (recorded_at);

create table audit.login_log (
    like audit.sms_log including defaults,
    ip inet,
    via text,
    policy_required boolean,
    primary key (seq, recorded_at)
) partition by range (recorded_at);

create table audit.enrollment_log (
    like audit.sms_log including defaults,
    admin_reason text,
    primary key (seq, recorded_at)
) partition by range (recorded_at);

create table audit.reset_log (
    like audit.enrollment_log including defaults,
    primary key (seq, recorded_at)
) partition by range (recorded_at);

create table audit.text_log (
    seq bigint default audit.next_seq(),
    recorded_at timestamptz not null default clock_timestamp(),
    tenant_id text collate "C" not null,
    user_id text collate "C" not null,
    session_id text collate "C",
    event_id text collate "C",
    purpose text not null,
    -- A keyed hash in hex, which makes equal numbers look equal and tells nothing else.
    number_ref text collate "C" not null,
    country text not null,
    provider text not null,
    provider_ref text,
    result text not null,
    primary key (seq, recorded_at)
) partition by range (recorded_at);

create table audit.policy_log (
    seq bigint default audit.next_seq(),
    recorded_at timestamptz not null default clock_timestamp(),
    tenant_id text collate "C" not null,
    actor_id text collate "C" not null,
    required boolean not null,
    grace_days smallint not null,
    required_before boolean,
    grace_days_before smallint,
    primary key (seq, recorded_at)
) partition by range (recorded_at);

create table audit.operator_log (
    seq bigint default audit.next_seq(),
    recorded_at timestamptz not null default clock_timestamp(),
    actor_id text collate "C" not null,
    command text not null,
    detail text not null,
    primary key (seq, recorded_at)
) partition by range (recorded_at);

do $$
declare
    log text;
begin
    foreach log in array array['login_log', 'sms_log', 'enrollment_log', 'reset_log'] loop
        execute format('create index %I on audit.%I (tenant_id, user_id, recorded_at)',
            log || '_by_user', log);
        execute format('create index %I on audit.%I (event_id)', log || '_by_event', log);
    end loop;
end
$$;
create index login_log_without_code on audit.login_log (tenant_id, recorded_at)
    where via in ('remembered', 'grace', 'exempt', 'not_required');
create index text_log_by_user on audit.text_log (tenant_id, user_id, recorded_at);
create index text_log_by_number on audit.text_log (number_ref, recorded_at);
create index policy_log_by_tenant on audit.policy_log (tenant_id, recorded_at);

create view audit.logins_without_code as
    select * from audit.login_log
    where via in ('remembered', 'grace', 'exempt', 'not_required');

grant select on audit.login_log, audit.sms_log, audit.enrollment_log, audit.reset_log,
    audit.text_log, audit.policy_log, audit.operator_log, audit.logins_without_code
    to twofactor_auditor;
grant insert on audit.login_log, audit.sms_log, audit.enrollment_log, audit.reset_log,
    audit.text_log, audit.policy_log to twofactor_worker;

-- Each has a partition for rows that meet no month.
do $$
declare
    log text;
begin
    foreach log in array array['login_log', 'sms_log', 'enrollment_log', 'reset_log', 'text_log',
        'policy_log', 'operator_log']
    loop
        execute format('create table audit.%I partition of audit.%I default', log || '_rest', log);
        execute format('grant select on audit.%I to twofactor_auditor', log || '_rest');
    end loop;
end
$$;

-- Makes the partitions of this month, of months to come, and of rows that met none and lie in the
-- partition "rest". Returns how many. The owner runs it; twofactor-ctl migrate does.
create function audit.make_months(ahead integer default 3) returns integer
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '5s' as $$
declare
    log text;
    month timestamp;
    part text;
    made integer := 0;
begin
    foreach log in array array['login_log', 'sms_log', 'enrollment_log', 'reset_log', 'text_log',
        'policy_log', 'operator_log']
    loop
        for month in execute format(
            'select date_trunc(''month'', recorded_at at time zone ''UTC'') from audit.%I
            union
            select date_trunc(''month'', clock_timestamp() at time zone ''UTC'')
                + n * interval ''1 month'' from generate_series(0, $1) as n
            order by 1', log || '_rest') using ahead
        loop
            part := log || to_char(month, '_YYYY_MM');
            continue when to_regclass(format('audit.%I', part)) is not null;
            execute format('lock table audit.%I in access exclusive mode', log || '_rest');
            execute format('create table audit.%I (like audit.%I including defaults)', part, log);
            execute format('with moved as (delete from audit.%I where recorded_at >= %L
                    and recorded_at < %L returning *)
                insert into audit.%I select * from moved', log || '_rest',
                month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC', part);
            execute format('alter table audit.%I attach partition audit.%I for values
                from (%L) to (%L)', log, part, month at time zone 'UTC',
                (month + interval '1 month') at time zone 'UTC');
            execute format('grant select on audit.%I to twofactor_auditor', part);
            made := made + 1;
        end loop;
    end loop;
    return made;
end
$$;

select audit.make_months();
