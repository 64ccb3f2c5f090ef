select from_seq, to_seq, rows, digest, sealed_at
from audit.seals
where to_seq > (select to_seq from twofactor.seal_broadcast)
order by to_seq
limit $1
