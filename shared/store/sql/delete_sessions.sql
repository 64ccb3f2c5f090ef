delete from twofactor.sessions
using unnest($1::text[], $2::text[]) as gone (tenant_id, user_id)
where sessions.tenant_id = gone.tenant_id
    and sessions.user_id = gone.user_id
