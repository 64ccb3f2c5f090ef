with old as materialized (
    select text_id
    from twofactor.texts
    where taken_at < now() - interval '8 days'
    order by taken_at
    limit 1000
    for update skip locked
)
delete from twofactor.texts
using old
where texts.text_id = old.text_id
