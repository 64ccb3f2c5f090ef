insert into audit.sms_log (
    occurred_at, event_id, source, event_type, outcome_id, outcome_type, tenant_id, user_id,
    actor_id, session_id, method, reason
)
select * from unnest(
    $1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::text[], $12::text[]
)
