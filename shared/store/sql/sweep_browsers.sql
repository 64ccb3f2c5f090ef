with old as materialized (
    select tenant_id, user_id, token
    from twofactor.browsers
    where until < now() - make_interval(secs => $1)
    order by until
    limit $2
    for update skip locked
)
delete from twofactor.browsers
using old
where browsers.tenant_id = old.tenant_id
    and browsers.user_id = old.user_id
    and browsers.token = old.token
