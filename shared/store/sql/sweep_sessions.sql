with old as materialized (
    select tenant_id, user_id, session_id
    from twofactor.sessions
    where written_at < now() - make_interval(secs => $1)
    order by written_at
    limit $2
    for update skip locked
)
delete from twofactor.sessions
using old
where sessions.tenant_id = old.tenant_id
    and sessions.user_id = old.user_id
    and sessions.session_id = old.session_id
