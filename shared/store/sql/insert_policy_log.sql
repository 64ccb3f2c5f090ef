insert into audit.policy_log (
    tenant_id, actor_id, required, grace_days, required_before, grace_days_before
)
select * from unnest(
    $1::text[], $2::text[], $3::boolean[], $4::smallint[], $5::boolean[], $6::smallint[]
)
