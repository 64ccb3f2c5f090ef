insert into twofactor.refusals (outcome_id, reason, refused_at, outcome_type, outcome)
select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])
