-- What was counted last, and how many seconds ago.
select keys, counts, extract(epoch from clock_timestamp() - counted_at)::double precision
from twofactor.key_rows
