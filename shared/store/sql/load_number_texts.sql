select number_lookup, text_id, taken_at
from twofactor.texts
where number_lookup = any ($1::bytea[])
    and purpose = 'enrollment'
    and fate <> 'refused'
    and taken_at > clock_timestamp() - make_interval(secs => $2)
