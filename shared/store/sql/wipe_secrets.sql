-- A reset wipes the secrets of every answer to the user.
update twofactor.answers
set secrets = null
from unnest($1::text[], $2::text[]) as wiped (tenant_id, user_id)
where answers.tenant_id = wiped.tenant_id
    and answers.user_id = wiped.user_id
    and secrets is not null
