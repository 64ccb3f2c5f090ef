-- Every row of a handled event with that id, from whichever service's log it is in.
select 'login' as log, seq, recorded_at, occurred_at, source, event_type, outcome_id,
    outcome_type, tenant_id, user_id, method, reason, via, policy_required
from audit.login_log
where event_id = $1 and ($2::text is null or source = $2)
union all
select 'sms', seq, recorded_at, occurred_at, source, event_type, outcome_id, outcome_type,
    tenant_id, user_id, method, reason, null, null
from audit.sms_log
where event_id = $1 and ($2::text is null or source = $2)
union all
select 'enrollment', seq, recorded_at, occurred_at, source, event_type, outcome_id,
    outcome_type, tenant_id, user_id, method, reason, null, null
from audit.enrollment_log
where event_id = $1 and ($2::text is null or source = $2)
union all
select 'reset', seq, recorded_at, occurred_at, source, event_type, outcome_id, outcome_type,
    tenant_id, user_id, method, reason, null, null
from audit.reset_log
where event_id = $1 and ($2::text is null or source = $2)
order by seq
