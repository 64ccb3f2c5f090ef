-- Answers that are kept under these ids, and refusals under those.
select
    outcome_id, null as reason, tenant_id, user_id, content, decided_at, outcome_type, outcome,
    secrets, had_secrets
from twofactor.answers
where outcome_id = any ($1::uuid[])
union all
select outcome_id, reason, null, null, null, null, outcome_type, outcome, null, null
from twofactor.refusals
where outcome_id = any ($2::uuid[])
