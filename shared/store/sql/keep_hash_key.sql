insert into twofactor.hash_key (sealed) values ($1) on conflict (one) do nothing
