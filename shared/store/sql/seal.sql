select from_seq, to_seq, rows, digest, sealed_at
from audit.seal(make_interval(secs => $1::double precision))
