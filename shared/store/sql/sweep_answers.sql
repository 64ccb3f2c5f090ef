-- now() is read once, so that the index finds the end; clock_timestamp() would be read for each row.
with old as materialized (
    select outcome_id
    from twofactor.answers
    where decided_at < now() - interval '8 days'
    order by decided_at
    limit 1000
    for update skip locked
)
delete from twofactor.answers
using old
where answers.outcome_id = old.outcome_id
