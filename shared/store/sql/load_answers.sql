select
    outcome_id, tenant_id, user_id, content, decided_at, outcome_type, outcome, secrets,
    had_secrets
from twofactor.answers
where outcome_id = any ($1::uuid[])
