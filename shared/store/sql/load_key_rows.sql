-- The last counts, and their age in seconds.
select keys, counts, extract(epoch from clock_timestamp() - counted_at)::double precision
from twofactor.key_rows
