create schema if not exists twofactor
