-- The event that an outcome answers, as long as the outcome is kept.
select
    outcome::json ->> 'causationid' as event_id,
    outcome::json ->> 'causationsource' as source
from twofactor.answers
where outcome_id = $1 and outcome is not null
union all
select outcome::json ->> 'causationid', outcome::json ->> 'causationsource'
from twofactor.refusals
where outcome_id = $1
limit 1
