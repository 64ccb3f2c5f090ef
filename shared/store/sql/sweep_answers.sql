with old as materialized (
    select outcome_id
    from twofactor.answers
    where decided_at < clock_timestamp() - interval '8 days'
    order by decided_at
    limit 1000
    for update skip locked
)
delete from twofactor.answers
using old
where answers.outcome_id = old.outcome_id
