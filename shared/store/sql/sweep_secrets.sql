with old as materialized (
    select outcome_id
    from twofactor.answers
    where secrets is not null
        and decided_at < now() - interval '15 minutes'
    order by decided_at
    limit 1000
    for update skip locked
)
update twofactor.answers
set secrets = null
from old
where answers.outcome_id = old.outcome_id
