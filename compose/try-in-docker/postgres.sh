#!/bin/bash
# The entry point of the official image, as far as compose.yaml uses it: makes the data if there is
# none, and runs the server as `postgres`.
set -eu
if [ "$(id -u)" = 0 ]; then
    install -d -o postgres -g postgres -m 700 "$PGDATA"
    install -d -o postgres -g postgres -m 755 /run/postgresql
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if ! [ -s "$PGDATA/PG_VERSION" ]; then
    read -ra arguments <<<"$POSTGRES_INITDB_ARGS"
    initdb --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" "${arguments[@]}"
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
fi
exec "$@"
