update twofactor.hash_key set sealed = $2 where sealed = $1
