-- A sealed value begins with the length of its key's id, and the id.
select encode(substring(sealed from 2 for get_byte(sealed, 0)), 'escape') as key, count(*)
from (
    select totp_secret from twofactor.users
    union all select number from twofactor.users
    union all select pending_totp_secret from twofactor.users
    union all select pending_sms_number from twofactor.users
    union all select secrets from twofactor.answers
    union all select sealed from twofactor.hash_key
) as every (sealed)
where octet_length(sealed) > 0
group by key
order by key
