-- The texts of the last $4 seconds, for the throttle; older ones while an event can be about them.
select
    texts.tenant_id, texts.user_id, texts.text_id, session_id, purpose, code, taken_at,
    expires_at, fate, code_end, texts.number_lookup, number_ref,
    texts.number_country
from unnest($1::text[], $2::text[]) as wanted (tenant_id, user_id)
join twofactor.texts using (tenant_id, user_id)
left join twofactor.users using (tenant_id, user_id)
where taken_at > clock_timestamp() - make_interval(secs => $4)
    or code_end is null
    or text_id = any ($3::uuid[])
    or text_id = pending_sms_text
