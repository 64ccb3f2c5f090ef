#!/usr/bin/env bash
# Makes an authority of your own and a certificate for each part that tls.yaml encrypts, in the
# folder certificates/ beside it.
#
# The authority is kept, the certificates are made anew, good for a year: so this also renews them,
# and `docker compose … up --detach --wait --force-recreate` takes them. authority.key can sign a
# certificate for any part: move it off this machine, and bring it back to renew.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder="$here/certificates"
umask 077
mkdir -p "$folder"
# The folder is closed to others, so the files may be open to the users inside the containers.
chmod 700 "$folder"
cd "$folder"

if ! [ -s authority.pem ]; then
    openssl ecparam -name prime256v1 -genkey -noout -out authority.key
    openssl req -new -x509 -sha256 -days 3650 -key authority.key -out authority.pem \
        -subj "/CN=Two-factor parts $(openssl rand -hex 4)" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 \
        -addext keyUsage=critical,keyCertSign,cRLSign
fi
if ! [ -s authority.key ]; then
    echo "certificates/authority.key is not here: bring it back to renew certificates" >&2
    exit 2
fi

for part in rabbitmq postgres sms-sandbox; do
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$part.key" \
        2>/dev/null
    openssl req -new -sha256 -key "$part.key" -subj "/CN=$part" -out "$part.csr"
    openssl x509 -req -sha256 -days 365 -in "$part.csr" -CA authority.pem -CAkey authority.key \
        -set_serial "0x$(openssl rand -hex 16)" -out "$part.pem" -extfile <(
            echo "basicConstraints = critical, CA:FALSE"
            echo "keyUsage = critical, digitalSignature"
            echo "extendedKeyUsage = serverAuth"
            echo "subjectAltName = DNS:$part, DNS:localhost, IP:127.0.0.1, IP:::1"
        ) 2>/dev/null
    rm "$part.csr"
    chmod 644 "$part.key" "$part.pem"
done

# The authorities that the workers trust: this one, and those of this machine, for Twilio.
cat authority.pem >trusted.pem
if [ -r /etc/ssl/certs/ca-certificates.crt ]; then
    cat /etc/ssl/certs/ca-certificates.crt >>trusted.pem
fi
chmod 644 authority.pem trusted.pem
echo "The certificates are in $folder, good until $(openssl x509 -noout -enddate -in rabbitmq.pem |
    cut -d= -f2)."
