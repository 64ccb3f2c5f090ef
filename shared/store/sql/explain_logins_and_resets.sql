-- The logins and resets of a user before a row, newest first. What each did to the count of wrong
-- codes is for the rules to say.
select seq, outcome_type, method, reason, via
from (
    (
        select seq, outcome_type, method, reason, via
        from audit.login_log
        where tenant_id = $1 and user_id = $2 and seq < $3
        order by seq desc
        limit $4
    )
    union all
    (
        select seq, outcome_type, method, reason, null
        from audit.reset_log
        where tenant_id = $1 and user_id = $2 and seq < $3
        order by seq desc
        limit $4
    )
) as earlier
order by seq desc
limit $4
