with old as materialized (
    select outcome_id
    from twofactor.answers
    where secrets is not null
        and decided_at < now() - make_interval(secs => $1)
    order by decided_at
    limit $2
    for update skip locked
)
update twofactor.answers
set secrets = null
from old
where answers.outcome_id = old.outcome_id
