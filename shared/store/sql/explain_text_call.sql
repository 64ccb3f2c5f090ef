-- The provider's answer to the text of an event.
select seq, result, provider, purpose, country, provider_ref
from audit.text_log
where tenant_id = $1 and user_id = $2 and event_id = $3
order by seq desc
limit 1
