-- After the clock was set back the last seal is in the future: then the next one is due at once,
-- and the spacing counts from that one. Else nothing would be sealed until the clock caught up.
select from_seq, to_seq, rows, digest, sealed_at
from audit.seal((
    select case
        when last.sealed_at > clock_timestamp() then clock_timestamp() - last.sealed_at
        else make_interval(secs => $1::double precision)
    end
    from (select) as one
    left join (
        select sealed_at from audit.seals order by from_seq desc limit 1
    ) as last on true
))
