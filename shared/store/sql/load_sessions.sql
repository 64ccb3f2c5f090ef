select tenant_id, user_id, session_id, accepted_at, remembered_at, set_up_at
from unnest($1::text[], $2::text[], $3::text[]) as wanted (tenant_id, user_id, session_id)
join twofactor.sessions using (tenant_id, user_id, session_id)
