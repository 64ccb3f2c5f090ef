-- A sealed value begins with the length of its key's id, and the id.
select tenant_id, user_id
from twofactor.users
where (tenant_id, user_id) > ($2::text, $3::text)
    and exists (
        select from (
            values (totp_secret), (number), (pending_totp_secret), (pending_sms_number)
        ) as every (sealed)
        where octet_length(sealed) > 0
            and substring(sealed from 2 for get_byte(sealed, 0)) <> $1::bytea
    )
order by tenant_id, user_id
limit $4
