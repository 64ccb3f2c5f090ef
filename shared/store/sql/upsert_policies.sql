insert into twofactor.policies (
    tenant_id, required, grace_days, required_since, set_by, set_at
)
select * from unnest(
    $1::text[], $2::boolean[], $3::smallint[], $4::timestamptz[], $5::text[], $6::timestamptz[]
)
on conflict (tenant_id) do update set
    required = excluded.required,
    grace_days = excluded.grace_days,
    required_since = excluded.required_since,
    set_by = excluded.set_by,
    set_at = excluded.set_at
