-- Earlier refusals of the same bytes, for each reason.
select refusals.outcome_id, refusals.reason, refusals.outcome_type, refusals.outcome
from unnest($1::uuid[]) as wanted (outcome_id)
join twofactor.refusals using (outcome_id)
