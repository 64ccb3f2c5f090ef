-- The policy that held when a row was written.
select seq, recorded_at, actor_id, required, grace_days
from audit.policy_log
where tenant_id = $1 and seq < $2
order by seq desc
limit 1
