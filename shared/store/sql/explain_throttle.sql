-- The last text before a row, its own text excepted: the clock of the throttle. Kept for 8 days.
select
    purpose || ' text at ' || audit.moment(taken_at) || ', ' || fate || ', '
        || round(extract(epoch from $3::timestamptz - taken_at)) || ' s before' as fact,
    'twofactor.texts, ' || text_id as source
from twofactor.texts
where tenant_id = $1 and user_id = $2 and taken_at <= $3 and text_id <> $4
order by taken_at desc
limit 1
