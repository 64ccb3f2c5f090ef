update twofactor.seal_broadcast set to_seq = greatest(to_seq, $1::bigint)
