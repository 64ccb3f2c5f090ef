-- Login sessions that had a row. It may have been swept since.
insert into twofactor.sessions (
    tenant_id, user_id, session_id, accepted_at, remembered_at, set_up_at, written_at
)
select *, clock_timestamp() from unnest(
    $1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[]
)
on conflict (tenant_id, user_id, session_id) do update set
    accepted_at = excluded.accepted_at,
    remembered_at = excluded.remembered_at,
    set_up_at = excluded.set_up_at,
    written_at = excluded.written_at
