insert into twofactor.browsers (tenant_id, user_id, token, net, since, until)
select * from unnest(
    $1::text[], $2::text[], $3::bytea[], $4::text[], $5::timestamptz[], $6::timestamptz[]
)
on conflict (tenant_id, user_id, token) do update set
    net = excluded.net,
    since = excluded.since,
    until = excluded.until
