select sealed from twofactor.hash_key
