-- Wrong codes at login that counted when a row was written: those after the last login that was
-- accepted with a code, and after the last reset.
select
    count(*) || ' in a row' as fact,
    'audit.login_log and audit.reset_log before seq ' || $3::bigint as source
from audit.login_log
where tenant_id = $1 and user_id = $2 and seq < $3
    and reason = 'wrong_code' and method in ('totp', 'sms')
    and seq > coalesce((
        select max(seq) from audit.login_log
        where tenant_id = $1 and user_id = $2 and seq < $3
            and outcome_type = 'login.accepted.v1' and via in ('totp', 'sms', 'backup')
    ), 0)
    and seq > coalesce((
        select max(seq) from audit.reset_log
        where tenant_id = $1 and user_id = $2 and seq < $3
            and outcome_type in ('reset.completed.v1', 'reset.erased.v1')
    ), 0)
