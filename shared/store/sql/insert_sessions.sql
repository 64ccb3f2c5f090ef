-- Login sessions that have no row. Nobody else writes one while the user's lock is held, so no
-- conflict is looked for: it would fail the batch, which is then decided again.
insert into twofactor.sessions (
    tenant_id, user_id, session_id, accepted_at, remembered_at, set_up_at, written_at
)
select *, clock_timestamp() from unnest(
    $1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[]
)
