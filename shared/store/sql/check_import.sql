-- What the database knows of people before they are imported, in the order of the parameters.
select
    wanted.place,
    exists (
        select from twofactor.policies where policies.tenant_id = wanted.tenant_id
    ) as has_policy,
    exists (
        select from audit.enrollment_log
        where enrollment_log.event_id = wanted.event_id and event_type = 'import'
    ) as is_done,
    users.totp_secret is not null as has_totp,
    users.number is not null as has_number,
    users.reset_since,
    owner.user_id as owner
from unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[], $5::text[])
    as wanted (place, tenant_id, user_id, lookup, event_id)
left join twofactor.users on users.tenant_id = wanted.tenant_id
    and users.user_id = wanted.user_id
left join twofactor.users as owner on owner.tenant_id = wanted.tenant_id
    and owner.number_lookup = wanted.lookup
    and owner.user_id <> wanted.user_id
order by wanted.place
