-- The last text before a row, not its own one: the throttle counts from it.
select text_id, purpose, taken_at, fate
from twofactor.texts
where tenant_id = $1 and user_id = $2 and taken_at <= $3 and text_id <> $4
order by taken_at desc
limit 1
