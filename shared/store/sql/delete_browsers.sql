delete from twofactor.browsers
using unnest($1::text[], $2::text[]) as gone (tenant_id, user_id)
where browsers.tenant_id = gone.tenant_id
    and browsers.user_id = gone.user_id
