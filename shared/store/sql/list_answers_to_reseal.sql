-- A sealed value begins with the length of its key's id, and the id.
select outcome_id, tenant_id, user_id, secrets
from twofactor.answers
where outcome_id > $2::uuid
    and user_id is not null
    and octet_length(secrets) > 0
    and substring(secrets from 2 for get_byte(secrets, 0)) <> $1::bytea
order by outcome_id
limit $3
