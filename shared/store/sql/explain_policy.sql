-- The policy that held when a row was written.
select
    case when required then 'required' else 'not required' end || ', ' || grace_days
        || ' days of grace, set by ' || actor_id || ' at ' || audit.moment(recorded_at) as fact,
    'audit.policy_log, seq ' || seq as source
from audit.policy_log
where tenant_id = $1 and seq < $2
order by seq desc
limit 1
