insert into audit.text_log (
    tenant_id, user_id, session_id, event_id, purpose, number_ref, country, provider,
    provider_ref, result
)
select
    tenant_id, user_id, session_id, event_id, purpose, encode(number_ref, 'hex'), country,
    provider, provider_ref, result
from unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[],
    $8::text[], $9::text[], $10::text[]
) as call (
    tenant_id, user_id, session_id, event_id, purpose, number_ref, country, provider,
    provider_ref, result
)
