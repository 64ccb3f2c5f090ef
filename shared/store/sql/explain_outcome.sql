-- What the person was told, as long as the outcome is kept; its secret members are elsewhere.
select
    coalesce(outcome::json -> 'data' ->> 'message', 'no words')
        || coalesce(', again in ' || (outcome::json -> 'data' ->> 'retry_after_seconds') || ' s', '')
        as fact,
    'twofactor.answers, ' || outcome_id as source
from twofactor.answers
where outcome_id = $1 and outcome is not null
