-- A sealed value begins with the length of its key's id, and the id. Each table is read once.
select encode(substring(sealed from 2 for get_byte(sealed, 0)), 'escape') as key, count(*)
from (
    select of_user.sealed
    from twofactor.users
    cross join lateral (
        values (totp_secret), (number), (pending_totp_secret), (pending_sms_number)
    ) as of_user (sealed)
    union all select secrets from twofactor.answers
    union all select sealed from twofactor.hash_key
) as every (sealed)
where octet_length(sealed) > 0
group by key
order by key
