with old as materialized (
    select outcome_id, reason
    from twofactor.refusals
    where refused_at < now() - interval '8 days'
    order by refused_at
    limit 1000
    for update skip locked
)
delete from twofactor.refusals
using old
where refusals.outcome_id = old.outcome_id
    and refusals.reason = old.reason
