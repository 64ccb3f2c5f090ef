-- The owners of the numbers that users of the batch are setting up. "offset 0" makes Postgres look
-- each number up by itself: a planner without statistics might read all users of the tenant.
select owner.tenant_id, owner.number_lookup, owner.user_id
from unnest($1::text[], $2::text[]) as wanted (tenant_id, user_id)
join twofactor.users as pending using (tenant_id, user_id)
join lateral (
    select tenant_id, number_lookup, user_id
    from twofactor.users
    where number_lookup = pending.pending_sms_lookup
    offset 0
) as owner on owner.tenant_id = pending.tenant_id
