-- Whom the numbers serve that users of the batch are setting up.
select owner.tenant_id, owner.number_lookup, owner.user_id
from unnest($1::text[], $2::text[]) as wanted (tenant_id, user_id)
join twofactor.users as pending using (tenant_id, user_id)
join twofactor.users as owner
    on owner.tenant_id = pending.tenant_id
    and owner.number_lookup = pending.pending_sms_lookup
