insert into twofactor.texts (
    tenant_id, user_id, text_id, session_id, purpose, code, taken_at, expires_at, fate,
    code_end, number_lookup, number_ref, number_country
)
select * from unnest(
    $1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::timestamptz[],
    $8::timestamptz[], $9::text[], $10::text[], $11::bytea[], $12::bytea[], $13::text[]
)
on conflict (text_id) do update set
    taken_at = excluded.taken_at,
    expires_at = excluded.expires_at,
    fate = excluded.fate,
    code_end = excluded.code_end
