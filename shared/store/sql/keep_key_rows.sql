insert into twofactor.key_rows (counted_at, keys, counts)
values (clock_timestamp(), $1, $2)
on conflict (one) do update
set counted_at = excluded.counted_at, keys = excluded.keys, counts = excluded.counts
