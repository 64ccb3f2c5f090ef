#!/usr/bin/env bash
# Makes every secret that compose.yaml needs, in the folder secrets/ beside it, and the file .env.
#
# Existing files are kept, so it may be run again at any time. To change a password, delete its file
# and run this again: the URLs and RabbitMQ's definitions are written anew. Only the keyring is
# different: without its keys no sealed value can be opened, so keep a copy of it elsewhere.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
umask 077

# A port of this machine as compose takes it: from the environment, else from .env, else the default.
port() {
    local port=${!1:-}
    if [ -z "$port" ] && [ -r "$here/.env" ]; then
        # The last line counts, without quotes and comments.
        port=$(sed -nE "s/^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=[[:space:]]*//p" \
            "$here/.env" | tail -n 1 | sed -E "s/[[:space:]]+(#.*)?\$//; s/^(['\"])(.*)\1\$/\2/")
    fi
    port=${port:-$2}
    if ! [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || [ "$port" -gt 65535 ]; then
        echo "$1 must be a port between 1 and 65535; look at $here/.env" >&2
        exit 2
    fi
    printf '%s' "$port"
}

amqp_port=$(port AMQP_PORT 5672)
amqps_port=$(port AMQPS_PORT 5671)
postgres_port=$(port POSTGRES_PORT 5432)

# The containers read these files as users of their own, whom a clone made under a umask such as 077
# would keep out; none of the files is secret.
find "$here/grafana" "$here/postgres" "$here/prometheus" "$here/rabbitmq" "$here/../dashboards" \
    \( -type d ! -perm -a=rx -o -type f ! -perm -a=r \) -exec chmod a+rX {} +

workers=(login sms enrollment reset)
broker_users=(crm "${workers[@]}" observer operator)
database_roles=(owner "${workers[@]}" auditor)

# The user of the workers: you, who own the files; never root.
user="$(id -u):$(id -g)"
if [ "$(id -u)" = 0 ]; then
    user=65532:65532
fi

secrets="$here/secrets"
mkdir -p "$secrets/plain" "$secrets/tls"
# The folder is closed to others, so the files may be open to the users inside the containers.
chmod 700 "$secrets"

# A file for our own programs alone.
keep_private() {
    chmod 600 "$1"
    if [ "$(id -u)" = 0 ]; then
        chown "$user" "$1"
    fi
}

random() {
    openssl rand -hex "$1"
}

# A password of 128 random bits, safe in a URL.
password() {
    local file="$secrets/$1"
    if ! [ -s "$file" ]; then
        printf '%s' "$(random 16)" >"$file"
    fi
    chmod 644 "$file"
}

# RabbitMQ's rabbit_password_hashing_sha256: base64 of a salt of four bytes and the digest.
rabbitmq_hash() {
    local salt
    salt=$(random 4 | sed 's/../\\x&/g')
    {
        printf '%b' "$salt"
        { printf '%b' "$salt"; cat "$1"; } | openssl dgst -sha256 -binary
    } | openssl base64 -A
}

for name in "${broker_users[@]}"; do password "rabbitmq_$name"; done
for name in superuser "${database_roles[@]}"; do password "postgres_$name"; done
password grafana_admin

if ! [ -s "$secrets/twilio_auth_token" ]; then
    printf '%s' "$(random 16)" >"$secrets/twilio_auth_token"
fi
keep_private "$secrets/twilio_auth_token"

if ! [ -s "$secrets/keyring.json" ]; then
    name=$(date -u +%Y-%m)
    printf '{"current": "%s", "keys": {"%s": "%s"}}\n' \
        "$name" "$name" "$(openssl rand -base64 32)" >"$secrets/keyring.json"
fi
keep_private "$secrets/keyring.json"

# A URL for each user and each network: our own programs use the names of the parts, all others the
# ports that are published on loopback.
write_url() {
    printf '%s' "$2" >"$secrets/$1"
    keep_private "$secrets/$1"
}

for name in "${broker_users[@]}"; do
    password=$(cat "$secrets/rabbitmq_$name")
    case $name in
        crm | observer) plain=localhost:$amqp_port tls=localhost:$amqps_port ;;
        *) plain=rabbitmq:5672 tls=rabbitmq:5671 ;;
    esac
    write_url "plain/amqp_url_$name" "amqp://$name:$password@$plain/%2F"
    write_url "tls/amqp_url_$name" "amqps://$name:$password@$tls/%2F"
done
# The demo CRM is that user too, and goes by the name of the part.
password=$(cat "$secrets/rabbitmq_crm")
write_url plain/amqp_url_demo_crm "amqp://crm:$password@rabbitmq:5672/%2F"
write_url tls/amqp_url_demo_crm "amqps://crm:$password@rabbitmq:5671/%2F"
for name in "${database_roles[@]}"; do
    password=$(cat "$secrets/postgres_$name")
    host=postgres:5432
    if [ "$name" = auditor ]; then
        host=localhost:$postgres_port
    fi
    url="postgres://twofactor_$name:$password@$host/twofactor"
    write_url "plain/database_url_$name" "$url?sslmode=disable"
    # Ours check the certificate and its name wherever TLS is required.
    write_url "tls/database_url_$name" "$url?sslmode=require"
done

definitions=$(cat "$here/rabbitmq/definitions.json")
for name in "${broker_users[@]}"; do
    placeholder="\${${name^^}_PASSWORD_HASH}"
    hash=$(rabbitmq_hash "$secrets/rabbitmq_$name")
    definitions=${definitions//"$placeholder"/"$hash"}
done
printf '%s\n' "$definitions" >"$secrets/definitions.json"
chmod 644 "$secrets/definitions.json"

if ! [ -e "$here/.env" ]; then
    cat >"$here/.env" <<ENV
# Read by docker compose. Any setting of dashboards/operating.md may be here too, such as ISSUER or LOG.
COMPOSE_PROJECT_NAME=twofactor
TWOFACTOR_USER=$user
# To send real texts, put the account's own values here, and its token into
# secrets/twilio_auth_token.
TWILIO_ACCOUNT_SID=AC$(random 16)
#TWILIO_BASE_URL=https://api.twilio.com
#TWILIO_FROM=+441632960000
# If another program on this machine has one of these ports, set another one and run make-secrets.sh
# again, which puts it into the URLs for programs outside.
#AMQP_PORT=5672
#POSTGRES_PORT=5432
#GRAFANA_PORT=3000
#PROMETHEUS_PORT=9090
#SANDBOX_PORT=8025
#DEMO_CRM_PORT=8090
# With tls.yaml also these.
#AMQPS_PORT=5671
#SANDBOX_TLS_PORT=8443
ENV
fi
echo "The secrets are in $secrets, the settings in $here/.env."
