select outcome_id, reason, outcome_type, outcome
from twofactor.refusals
where outcome_id = any ($1::uuid[])
