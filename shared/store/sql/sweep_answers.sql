-- now() is read once, so that the index can be used; clock_timestamp() would be read for each row.
with old as materialized (
    select outcome_id
    from twofactor.answers
    where decided_at < now() - make_interval(secs => $1)
    order by decided_at
    limit $2
    for update skip locked
)
delete from twofactor.answers
using old
where answers.outcome_id = old.outcome_id
