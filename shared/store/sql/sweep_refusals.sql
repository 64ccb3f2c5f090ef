with old as materialized (
    select outcome_id, reason
    from twofactor.refusals
    where refused_at < now() - make_interval(secs => $1)
    order by refused_at
    limit $2
    for update skip locked
)
delete from twofactor.refusals
using old
where refusals.outcome_id = old.outcome_id
    and refusals.reason = old.reason
