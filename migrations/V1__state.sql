-- What the workers know: users, their texts, browsers and sessions, policies, kept answers.
--
-- Values that must be read again are sealed (bytea), values that need only be found again are
-- keyed hashes (bytea, 32 bytes). JSON is kept as text, because jsonb refuses \u0000.

-- Later tables and functions stay closed until a migration opens them.
alter default privileges revoke all on tables from public;
alter default privileges revoke all on sequences from public;
alter default privileges revoke execute on functions from public;

-- Roles belong to the cluster, so another database of it may be making them at this very moment.
do $$
declare
    wanted record;
begin
    for wanted in
        select * from (values
            ('twofactor_worker', 'nologin'),
            ('twofactor_login', 'login'),
            ('twofactor_sms', 'login'),
            ('twofactor_enrollment', 'login'),
            ('twofactor_reset', 'login'),
            ('twofactor_auditor', 'login')
        ) as role (name, kind)
    loop
        begin
            if not exists (select from pg_roles where rolname = wanted.name) then
                execute format('create role %I %s', wanted.name, wanted.kind);
            end if;
        exception when duplicate_object or unique_violation then
            null;
        end;
    end loop;
    for wanted in
        select unnest(array['twofactor_login', 'twofactor_sms', 'twofactor_enrollment',
            'twofactor_reset']) as name
    loop
        begin
            if not pg_has_role(wanted.name, 'twofactor_worker', 'member') then
                execute format('grant twofactor_worker to %I', wanted.name);
            end if;
        exception when duplicate_object or unique_violation then
            null;
        end;
    end loop;
end
$$;

-- Nobody gets in by being anybody.
do $$
begin
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to twofactor_worker, twofactor_auditor',
        current_database());
end
$$;
revoke all on schema public from public;

create schema if not exists twofactor;
grant usage on schema twofactor to twofactor_worker;
grant select on twofactor.schema_history to twofactor_worker;

-- A keyed hash. A domain, since Postgres reads each CHECK of a table anew for every statement.
create domain twofactor.hash as bytea check (octet_length(value) = 32);

create table twofactor.users (
    tenant_id text collate "C" not null,
    user_id text collate "C" not null,
    first_login_at timestamptz,
    ever_set_up boolean not null,
    reset_since timestamptz,
    exempt_until timestamptz,
    login_failures bigint not null,
    login_failed_at timestamptz,
    confirm_failures bigint not null,
    confirm_failed_at timestamptz,
    totp_secret bytea,
    totp_set_up_at timestamptz,
    totp_spent_steps bigint[],
    number bytea,
    number_lookup twofactor.hash,
    number_country text,
    sms_set_up_at timestamptz,
    backup_salt bytea,
    -- The hashes of a set one after the other, and one bit a code for those that were spent.
    backup_hashes bytea,
    backup_spent bigint,
    pending_totp_secret bytea,
    pending_totp_expires_at timestamptz,
    pending_sms_number bytea,
    pending_sms_lookup twofactor.hash,
    pending_sms_country text,
    pending_sms_text uuid,
    pending_sms_expires_at timestamptz,
    primary key (tenant_id, user_id),
    -- A mobile number serves one user of a tenant. Deferred, since one batch may take a number from
    -- one user and give it to another. An exclusion, since a unique constraint can be deferred or
    -- partial but not both. It holds numbers alone, so that the planner never takes it for an index
    -- of users while it has no statistics.
    constraint users_number_serves_one
        exclude (number_lookup with =, tenant_id with =) where (number_lookup is not null)
        deferrable initially deferred,
    -- What a login writes belongs to a method; the rest is checked by the trigger below.
    constraint users_spent check (
        (totp_spent_steps is null) = (totp_secret is null)
        and (backup_spent is null) = (backup_hashes is null)
    )
) with (fillfactor = 80);

-- A method and a set-up are there with all that belongs to them, or not at all. As CHECKs, these
-- conditions took two thirds of the time of a login's update, which writes none of these columns.
create function twofactor.check_methods() returns trigger language plpgsql as $$
begin
    if num_nulls(new.totp_secret, new.totp_set_up_at) in (0, 2)
        and num_nulls(new.number, new.number_lookup, new.number_country, new.sms_set_up_at) in (0, 4)
        and num_nulls(new.backup_salt, new.backup_hashes) in (0, 2)
        and coalesce(octet_length(new.backup_salt), 16) = 16
        and coalesce(octet_length(new.backup_hashes), 0) % 32 = 0
        and coalesce(octet_length(new.backup_hashes), 0) <= 63 * 32
        and num_nulls(new.pending_totp_secret, new.pending_totp_expires_at) in (0, 2)
        and num_nulls(new.pending_sms_number, new.pending_sms_lookup, new.pending_sms_country,
            new.pending_sms_text, new.pending_sms_expires_at) in (0, 5)
    then
        return new;
    end if;
    raise check_violation using message = 'a method or a set-up of a user is there in part',
        schema = 'twofactor', table = 'users';
end
$$;
revoke all on function twofactor.check_methods() from public;
create trigger users_methods
    before insert or update of
        totp_secret, totp_set_up_at, number, number_lookup, number_country, sms_set_up_at,
        backup_salt, backup_hashes, pending_totp_secret, pending_totp_expires_at,
        pending_sms_number, pending_sms_lookup, pending_sms_country, pending_sms_text,
        pending_sms_expires_at
    on twofactor.users for each row execute function twofactor.check_methods();

create table twofactor.texts (
    text_id uuid primary key,
    tenant_id text collate "C" not null,
    user_id text collate "C" not null,
    session_id text collate "C" not null,
    purpose text not null check (purpose in ('login', 'enrollment')),
    code twofactor.hash not null,
    taken_at timestamptz not null,
    expires_at timestamptz not null,
    fate text not null check (fate in ('held', 'accepted', 'unknown', 'refused')),
    code_end text check (code_end in ('used', 'wrong_entry', 'void')),
    number_lookup twofactor.hash not null,
    number_ref twofactor.hash not null,
    number_country text not null
) with (fillfactor = 80);
create index texts_by_user on twofactor.texts (tenant_id, user_id, taken_at);
create index texts_by_number on twofactor.texts (number_lookup, taken_at)
    where purpose = 'enrollment';
create index texts_by_age on twofactor.texts (taken_at);
create index texts_void_by_age on twofactor.texts (taken_at) where code_end = 'void';

create table twofactor.browsers (
    tenant_id text collate "C" not null,
    user_id text collate "C" not null,
    token twofactor.hash not null,
    net text not null,
    since timestamptz not null,
    until timestamptz not null,
    primary key (tenant_id, user_id, token)
);
create index browsers_by_end on twofactor.browsers (until);

create table twofactor.sessions (
    tenant_id text collate "C" not null,
    user_id text collate "C" not null,
    session_id text collate "C" not null,
    accepted_at timestamptz,
    remembered_at timestamptz,
    set_up_at timestamptz,
    written_at timestamptz not null,
    primary key (tenant_id, user_id, session_id)
);
create index sessions_by_age on twofactor.sessions (written_at);

create table twofactor.policies (
    tenant_id text collate "C" primary key,
    required boolean not null,
    grace_days smallint not null,
    required_since timestamptz,
    set_by text not null,
    set_at timestamptz not null
);

create table twofactor.answers (
    outcome_id uuid primary key,
    tenant_id text collate "C" not null,
    user_id text collate "C",
    content twofactor.hash not null,
    decided_at timestamptz not null,
    -- Without an outcome while a text is on its way.
    outcome_type text,
    outcome text,
    secrets bytea,
    had_secrets boolean not null,
    -- The rest is what the decision saw and no row tells later; operators read it by
    -- twofactor-ctl explain. Never the code.
    -- Steps of 30 s from the event's time to the one that the code is of; ahead is positive.
    totp_offset smallint,
    -- Wrong codes in a row before this event: at login, or of a set-up at set-up.
    failures_before bigint,
    -- Until when a wait after wrong codes ran.
    waits_until timestamptz,
    -- Until when which limit on texts held this one back.
    throttled_until timestamptz,
    throttled_by text,
    constraint answers_whole check (
        (outcome_type is null) = (outcome is null)
        and (throttled_until is null) = (throttled_by is null)
    )
);
create index answers_by_age on twofactor.answers (decided_at);
create index answers_with_secrets on twofactor.answers (tenant_id, user_id)
    where secrets is not null;
create index answers_with_secrets_by_age on twofactor.answers (decided_at)
    where secrets is not null;

create table twofactor.refusals (
    outcome_id uuid not null,
    reason text collate "C" not null,
    refused_at timestamptz not null,
    outcome_type text not null,
    outcome text not null,
    primary key (outcome_id, reason)
);
create index refusals_by_age on twofactor.refusals (refused_at);

-- One row: the key of all keyed hashes, itself sealed under the keyring.
create table twofactor.hash_key (
    one boolean primary key default true check (one),
    sealed bytea not null
);

-- One row: how many sealed values there were under each key when a worker counted last.
create table twofactor.key_rows (
    one boolean primary key default true check (one),
    counted_at timestamptz not null,
    keys text[] not null,
    counts bigint[] not null,
    check (cardinality(keys) = cardinality(counts))
);

-- Fails the transaction of a statement that touched other rows than it must, before it commits.
create function twofactor.expect_rows(expected bigint, actual bigint) returns bigint
language plpgsql immutable as $$
begin
    if expected <> actual then
        raise exception using errcode = 'TF001',
            message = 'a statement touched other rows than it must';
    end if;
    return actual;
end
$$;
revoke all on function twofactor.expect_rows(bigint, bigint) from public;
grant execute on function twofactor.expect_rows(bigint, bigint) to twofactor_worker;

grant select, insert, update, delete on twofactor.texts, twofactor.browsers, twofactor.sessions,
    twofactor.answers, twofactor.refusals to twofactor_worker;
grant select, insert, update on twofactor.users, twofactor.policies, twofactor.key_rows
    to twofactor_worker;
grant select, insert on twofactor.hash_key to twofactor_worker;
