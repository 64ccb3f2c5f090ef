-- The message to the person, or to the publisher of a refused event, as long as the outcome is
-- kept; its secret members are elsewhere. The same bytes may have been refused for several reasons.
select
    'answers' as kept_in,
    outcome::json -> 'data' ->> 'message' as message,
    outcome::json -> 'data' ->> 'retry_after_seconds' as retry_after_seconds,
    null as field
from twofactor.answers
where outcome_id = $1 and outcome is not null
union all
select
    'refusals',
    outcome::json -> 'data' ->> 'message',
    null,
    outcome::json -> 'data' ->> 'field'
from twofactor.refusals
where outcome_id = $1 and reason = $2
limit 1
