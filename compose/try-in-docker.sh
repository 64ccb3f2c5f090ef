#!/usr/bin/env bash
# Starts compose.yaml, in clear and with tls.yaml, in a real Docker Engine of its own, and tests what
# the files alone do not show: who reaches whom, what a broken board delays, what the memory limit
# does, what an unchanged start changes.
#
#   cargo build --release && sudo compose/try-in-docker.sh
#
# No registry is used. Engine, Compose, RabbitMQ, Postgres and Prometheus are packages of Debian's
# `forky` (another with SUITE=…), and the workers are those of target/release, so the test is
# about these files and not the official images. The engine runs in namespaces of its own: this machine's
# network, services and containers are not changed, and nothing is left running, however this ends. Takes about ten minutes, 10 GB below target/try-in-docker for as long, and root.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
workspace=$(cd "$here/.." && pwd)
folder="$workspace/target/try-in-docker"
root="$folder/root"
suite=${SUITE:-forky}
programs=(twofactor-login twofactor-sms twofactor-enrollment twofactor-reset twofactor-ctl
    twofactor-ready sms-sandbox)

# Prints what is missing and how to install it, and ends.
refuse() {
    echo "try-in-docker.sh: $1" >&2
    exit 2
}

[ "$(id -u)" = 0 ] || refuse "namespaces and mounts need root; run it with sudo"
command -v mmdebstrap >/dev/null || refuse "mmdebstrap is missing; apt-get install mmdebstrap"
for program in "${programs[@]}"; do
    [ -x "$workspace/target/release/$program" ] ||
        refuse "target/release/$program is missing; run cargo build --release"
done

# In any case: the first process of the namespaces takes all others with it, and the engine's files
# are deleted.
finish() {
    local status=$?
    kill "${inside:-}" 2>/dev/null || true
    wait
    rm -rf "$folder/data" "$root/work"
    find /sys/fs/cgroup -depth -type d -path '*/try-in-docker*' -exec rmdir {} + 2>/dev/null || true
    echo "The engine is stopped, its containers, images and volumes are deleted."
    echo "Debian's packages stay in $root for the next time; rm -r $folder deletes them."
    exit "$status"
}
mkdir -p "$folder"

if ! [ -e "$folder/$suite" ]; then
    echo "Fetching the packages of Debian $suite (once, about a minute) …"
    rm -rf "$root"
    # Signatures are checked; the age of a mirror's list does not matter to a test.
    mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Check-Valid-Until "false"' \
        --include=docker.io,docker-cli,docker-compose,docker-buildx,iptables,iproute2 \
        --include=ca-certificates,openssl,procps,wget,python3-pika \
        --include=rabbitmq-server,postgresql,prometheus \
        "$suite" "$root"
    touch "$folder/$suite"
fi
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# As a clone under umask 077, so that nothing is readable to others by chance.
umask 077
rm -rf "$folder/data" "$root/work"
mkdir -p "$folder/data" "$root/var/lib/docker" "$root/old" "$root/work/context/programs"
chmod 755 "$root/work"
mkdir "$root/work/clone"
cp -R --no-preserve=mode "$here" "$workspace/dashboards" "$root/work/clone/"
rm -rf "$root/work/clone/compose/"{secrets,certificates,.env}
chmod 700 "$root/work/clone/compose/"*.sh
cp "$here/try-in-docker/"* "$root/work/context/"
for program in "${programs[@]}"; do
    cp "$workspace/target/release/$program" "$root/work/context/programs/"
done
umask 022

unshare --mount --net --pid --uts --ipc --fork --kill-child \
    bash "$here/try-in-docker/enter.sh" "$root" "$folder/data" &
inside=$!
wait "$inside"
