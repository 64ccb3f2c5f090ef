-- What the person, or the publisher of a refused event, was told, as long as the outcome is kept;
-- its secret members are elsewhere. The same bytes may have been refused for several reasons.
select
    coalesce(outcome::json -> 'data' ->> 'message', 'no words')
        || coalesce(', again in ' || (outcome::json -> 'data' ->> 'retry_after_seconds') || ' s', '')
        as fact,
    'twofactor.answers, ' || outcome_id as source
from twofactor.answers
where outcome_id = $1 and outcome is not null
union all
select
    coalesce(outcome::json -> 'data' ->> 'message', 'no words')
        || coalesce(' (field ' || (outcome::json -> 'data' ->> 'field') || ')', ''),
    'twofactor.refusals, ' || outcome_id
from twofactor.refusals
where outcome_id = $1 and reason = $2
limit 1
