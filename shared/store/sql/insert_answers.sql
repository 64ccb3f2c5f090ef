insert into twofactor.answers (
    outcome_id, tenant_id, user_id, content, decided_at, outcome_type, outcome, secrets,
    had_secrets, totp_offset, failures_before, waits_until, throttled_until, throttled_by
)
select * from unnest(
    $1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[], $6::text[], $7::text[],
    $8::bytea[], $9::boolean[], $10::smallint[], $11::bigint[], $12::timestamptz[],
    $13::timestamptz[], $14::text[]
)
