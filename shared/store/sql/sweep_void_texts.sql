-- A held text is needed until it is settled, which says that a reset came between.
with old as materialized (
    select text_id
    from twofactor.texts
    where code_end = 'void'
        and fate <> 'held'
        and taken_at < now() - make_interval(secs => $1)
    order by taken_at
    limit $2
    for update skip locked
)
delete from twofactor.texts
using old
where texts.text_id = old.text_id
