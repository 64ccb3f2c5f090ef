select tenant_id, required, grace_days, required_since, set_by, set_at
from twofactor.policies
where tenant_id = any ($1::text[])
