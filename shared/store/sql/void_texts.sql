-- Also the texts that are too old for the throttle, which are not loaded.
update twofactor.texts
set code_end = 'void'
from unnest($1::text[], $2::text[]) as erased (tenant_id, user_id)
where texts.tenant_id = erased.tenant_id
    and texts.user_id = erased.user_id
    and code_end is distinct from 'void'
