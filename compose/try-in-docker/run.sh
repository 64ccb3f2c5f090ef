#!/usr/bin/env bash
# The test itself, inside its namespaces: starts the engine, builds the images, and checks each
# promise. Ends with 1 if one is broken.
set -euo pipefail
cd /work/clone/compose
export COMPOSE_FILE COMPOSE_PROGRESS=quiet
clear=compose.yaml:/work/override.yaml
encrypted=compose.yaml:tls.yaml:/work/override.yaml
workers=(login sms enrollment reset)
failed=0
# The first process of a namespace hears no signal that it has not asked for.
trap 'exit 143' INT TERM

# must "sentence" command…: the sentence is true if the command succeeds.
must() {
    local sentence=$1
    shift
    if ! kill -0 "$engine" 2>/dev/null; then
        echo "The engine has ended; its log says why:" >&2
        tail -n 5 /work/dockerd.log >&2
        exit 1
    fi
    if "$@" >/work/said 2>&1; then
        echo "ok      $sentence"
    else
        echo "FAILED  $sentence"
        tail -n 15 /work/said | sed 's/^/        /'
        failed=1
    fi
}

start_engine() {
    dockerd --ip6tables=false --cgroup-parent=/try-in-docker >/work/dockerd.log 2>&1 &
    engine=$!
    for _ in {1..60}; do
        docker info >/dev/null 2>&1 && return
        sleep 0.5
    done
    tail -n 20 /work/dockerd.log >&2
    exit 1
}

make_images() {
    tar -C / --one-file-system --exclude=./work --exclude=./var/lib/docker --exclude=./old \
        --exclude=./proc --exclude=./sys --exclude=./dev --exclude=./run --exclude=./tmp \
        --exclude='./var/*/apt' -c . | docker import - twofactor-parts:1 >/dev/null
    local target image
    for target in postgres rabbitmq prometheus grafana; do
        image=$(sed -nE "s#^ +image: ((.*/)?$target:.*)#\\1#p" compose.yaml | head -n 1)
        docker build --quiet --network none --target "$target" --tag "$image" \
            --file /work/context/stand-ins.Dockerfile /work/context >/dev/null
    done
    # The workers' own build takes long and needs a registry: theirs are the programs at hand.
    cat >/work/override.yaml <<'YAML'
services:
  migrate: &build
    build: {context: /work/context, dockerfile: stand-ins.Dockerfile}
  sms-sandbox: *build
YAML
}

up() {
    docker compose up --detach --wait --wait-timeout 180 "$@"
}

down() {
    docker compose down --timeout 10 >/dev/null 2>&1
}

# Every container there is; one that is made anew has another name.
containers() {
    docker ps --all --quiet --no-trunc | sort
}

# All copies of these, and none that waits to be started.
are_healthy() {
    local states
    states=$(docker compose ps --all --format '{{.Name}} {{.Health}}' "$@")
    echo "$states"
    [ -n "$states" ] && ! grep -qv ' healthy$' <<<"$states"
}

fails() {
    ! "$@"
}

unchanged_start_changes_nothing() {
    local before
    before=$(containers)
    for _ in 1 2 3; do
        up --build && [ "$(containers)" = "$before" ] || return 1
    done
}

no_volume_without_a_name() {
    down && up && docker volume ls && [ "$(docker volume ls --quiet | wc -l)" = 4 ]
}

no_registry_is_asked() {
    # Built where it is missing, also by who starts one worker alone.
    docker compose pull "${workers[@]}" migrate sms-sandbox &&
        docker rmi --force "$(docker compose config --images migrate | grep workers)" &&
        up login
}

a_broken_board_delays_no_login() {
    down
    cp ../dashboards/alerts.yml /work/alerts.yml
    echo 'groups: [' >../dashboards/alerts.yml
    local status=0
    up && status=1
    are_healthy "${workers[@]}" || status=1
    cat /work/alerts.yml >../dashboards/alerts.yml
    return $status
}

a_taken_port_delays_no_login() {
    down
    python3 -m http.server --bind 127.0.0.1 3000 &
    local server=$! status=0
    sleep 1
    up "${workers[@]}" && are_healthy "${workers[@]}" || status=1
    # The rest says so.
    up && status=1
    are_healthy "${workers[@]}" || status=1
    kill $server
    return $status
}

the_superusers_password_changes() {
    local new=0123456789abcdef
    printf '%s\n%s\n%s\n' "$(cat secrets/postgres_superuser)" "$new" "$new" |
        docker compose exec --no-TTY postgres \
            psql --username=postgres --command='\password' &&
        printf '%s' "$new" >secrets/postgres_superuser &&
        up --force-recreate roles migrate login
}

# Messages of 16 MB for a queue that nobody reads. Killed by the kernel, it is started again.
the_broker_survives_a_flood() {
    local broker
    broker=$(docker compose ps --quiet rabbitmq)
    docker compose stop reset &&
        docker run --rm --network twofactor_broker --volume /work/context/flood.py:/flood.py:ro \
            --volume "$PWD/secrets/plain/amqp_url_crm:/url:ro" twofactor-parts:1 \
            python3 /flood.py &&
        [ "$(docker inspect --format '{{.RestartCount}}' "$broker")" = 0 ]
}

start_engine
docker version --format '{{.Server.Version}}' | sed 's/^/Docker Engine /'
docker compose version
make_images

./make-secrets.sh && ./make-certificates.sh
COMPOSE_FILE=$clear
echo "In clear:"
must "everything is healthy, from a clone under umask 077" up --build
must "a part is reached by those that the README names, and by no other" python3 /work/context/reach.py
must "each figure is read once" python3 /work/context/scraped.py
must "an unchanged start with --build changes nothing, three times" unchanged_start_changes_nothing
must "no volume without a name is left behind" no_volume_without_a_name
must "our images are never pulled" no_registry_is_asked
must "a broken alerts.yml delays no login, and is reported" a_broken_board_delays_no_login
must "a taken port delays no login, and is reported" a_taken_port_delays_no_login
must "everything is healthy again" up
must "a setting that is refused ends with a failure" fails env SMS_THROTTLE=1s \
    docker compose up --detach --wait --wait-timeout 60
must "everything is healthy again" up
must "the superuser's password is changed as the README says" the_superusers_password_changes
must "messages of 16 MB block the publisher, and no part is killed" the_broker_survives_a_flood
down

docker volume rm $(docker volume ls --quiet) >/dev/null
COMPOSE_FILE=$encrypted
echo "Encrypted:"
must "everything is healthy" up
must "a part is reached by those that the README names, and by no other" python3 /work/context/reach.py
must "each figure is read once" python3 /work/context/scraped.py
down

kill "$engine"
wait "$engine" || true
exit $failed
