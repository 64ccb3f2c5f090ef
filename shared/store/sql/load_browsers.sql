select tenant_id, user_id, token, net, since, until
from unnest($1::text[], $2::text[]) as wanted (tenant_id, user_id)
join twofactor.browsers using (tenant_id, user_id)
where until > clock_timestamp() - make_interval(secs => $3)
