delete from twofactor.browsers
using unnest($1::text[], $2::text[], $3::bytea[]) as gone (tenant_id, user_id, token)
where browsers.tenant_id = gone.tenant_id
    and browsers.user_id = gone.user_id
    and browsers.token = gone.token
