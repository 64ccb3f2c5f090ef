-- What auditors read: one row per handled event, per call of the provider, per change of a
-- policy, per run of an operator. Workers add rows and can do nothing else with them.

create schema audit;
grant usage on schema audit to twofactor_worker, twofactor_auditor;

-- One sequence numbers the rows of every table.
create sequence audit.seq;
grant usage on sequence audit.seq to twofactor_worker;

create table audit.login_log (
    seq bigint primary key default nextval('audit.seq'),
    recorded_at timestamptz not null default clock_timestamp(),
    occurred_at timestamptz,
    event_id text,
    source text,
    event_type text,
    outcome_id uuid not null,
    outcome_type text not null,
    tenant_id text,
    user_id text,
    actor_id text,
    session_id text,
    method text,
    reason text,
    ip inet,
    via text,
    policy_required boolean
);
create index login_log_by_user on audit.login_log (tenant_id, user_id, recorded_at);
create index login_log_by_event on audit.login_log (event_id);

create table audit.sms_log (
    seq bigint primary key default nextval('audit.seq'),
    recorded_at timestamptz not null default clock_timestamp(),
    occurred_at timestamptz,
    event_id text,
    source text,
    event_type text,
    outcome_id uuid not null,
    outcome_type text not null,
    tenant_id text,
    user_id text,
    actor_id text,
    session_id text,
    method text,
    reason text
);
create index sms_log_by_user on audit.sms_log (tenant_id, user_id, recorded_at);
create index sms_log_by_event on audit.sms_log (event_id);

create table audit.enrollment_log (
    seq bigint primary key default nextval('audit.seq'),
    recorded_at timestamptz not null default clock_timestamp(),
    occurred_at timestamptz,
    event_id text,
    source text,
    event_type text,
    outcome_id uuid not null,
    outcome_type text not null,
    tenant_id text,
    user_id text,
    actor_id text,
    session_id text,
    method text,
    reason text,
    admin_reason text
);
create index enrollment_log_by_user on audit.enrollment_log (tenant_id, user_id, recorded_at);
create index enrollment_log_by_event on audit.enrollment_log (event_id);

create table audit.reset_log (
    seq bigint primary key default nextval('audit.seq'),
    recorded_at timestamptz not null default clock_timestamp(),
    occurred_at timestamptz,
    event_id text,
    source text,
    event_type text,
    outcome_id uuid not null,
    outcome_type text not null,
    tenant_id text,
    user_id text,
    actor_id text,
    session_id text,
    method text,
    reason text,
    admin_reason text
);
create index reset_log_by_user on audit.reset_log (tenant_id, user_id, recorded_at);
create index reset_log_by_event on audit.reset_log (event_id);

create table audit.text_log (
    seq bigint primary key default nextval('audit.seq'),
    recorded_at timestamptz not null default clock_timestamp(),
    tenant_id text not null,
    user_id text not null,
    session_id text,
    event_id text,
    purpose text not null,
    -- A keyed hash in hex, which makes equal numbers look equal and tells nothing else.
    number_ref text not null,
    country text not null,
    provider text not null,
    provider_ref text,
    result text not null
);
create index text_log_by_user on audit.text_log (tenant_id, user_id, recorded_at);
create index text_log_by_number on audit.text_log (number_ref, recorded_at);

create table audit.policy_log (
    seq bigint primary key default nextval('audit.seq'),
    recorded_at timestamptz not null default clock_timestamp(),
    tenant_id text not null,
    actor_id text not null,
    required boolean not null,
    grace_days smallint not null,
    required_before boolean,
    grace_days_before smallint
);
create index policy_log_by_tenant on audit.policy_log (tenant_id, recorded_at);

create table audit.operator_log (
    seq bigint primary key default nextval('audit.seq'),
    recorded_at timestamptz not null default clock_timestamp(),
    actor_id text not null,
    command text not null,
    detail text not null
);

create view audit.logins_without_code as
    select * from audit.login_log
    where via in ('remembered', 'grace', 'exempt', 'not_required');
create index login_log_without_code on audit.login_log (tenant_id, recorded_at)
    where via in ('remembered', 'grace', 'exempt', 'not_required');

grant insert on audit.login_log, audit.sms_log, audit.enrollment_log, audit.reset_log,
    audit.text_log, audit.policy_log to twofactor_worker;
grant select on audit.login_log, audit.sms_log, audit.enrollment_log, audit.reset_log,
    audit.text_log, audit.policy_log, audit.operator_log, audit.logins_without_code
    to twofactor_auditor;
