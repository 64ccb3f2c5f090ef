-- What the provider said to the text of an event.
select
    result || ', ' || provider || ', ' || purpose || ' to ' || country || ', its name for it '
        || coalesce(provider_ref, 'not known') as fact,
    'audit.text_log, seq ' || seq as source
from audit.text_log
where tenant_id = $1 and user_id = $2 and event_id = $3
order by seq desc
limit 1
