#!/bin/sh
# Makes the roles that log in, their passwords and the database. Existing ones are kept, except the
# passwords, which are set anew: so this also changes them.
#
# PASSWORDS is a folder with a file for each password: postgres_superuser, postgres_owner and so on.
# The usual PGHOST, PGPORT, PGUSER and PGDATABASE name the server.
set -eu

for name in superuser owner login sms enrollment reset auditor; do
    if ! [ -s "$PASSWORDS/postgres_$name" ]; then
        echo "roles.sh: $PASSWORDS/postgres_$name is missing or empty; run make-secrets.sh" >&2
        exit 2
    fi
done

PGPASSWORD=$(cat "$PASSWORDS/postgres_superuser")
export PASSWORDS PGPASSWORD

# psql itself reads the passwords: an argument could be seen by others.
exec psql --no-psqlrc --quiet --tuples-only --set ON_ERROR_STOP=1 --file - <<'SQL'
set client_min_messages = warning;
\set owner `cat "$PASSWORDS/postgres_owner"`
\set login `cat "$PASSWORDS/postgres_login"`
\set sms `cat "$PASSWORDS/postgres_sms"`
\set enrollment `cat "$PASSWORDS/postgres_enrollment"`
\set reset `cat "$PASSWORDS/postgres_reset"`
\set auditor `cat "$PASSWORDS/postgres_auditor"`

select format('create role %I', name)
from unnest(array['twofactor_owner', 'twofactor_login', 'twofactor_sms', 'twofactor_enrollment',
    'twofactor_reset', 'twofactor_auditor']) as name
where not exists (select from pg_roles where rolname = name)
\gexec

-- The migrations make the role of all workers and give rights to each of these.
alter role twofactor_owner login createrole password :'owner';
alter role twofactor_login login password :'login';
alter role twofactor_sms login password :'sms';
alter role twofactor_enrollment login password :'enrollment';
alter role twofactor_reset login password :'reset';
alter role twofactor_auditor login password :'auditor';

select 'create database twofactor owner twofactor_owner'
where not exists (select from pg_database where datname = 'twofactor')
\gexec
SQL
