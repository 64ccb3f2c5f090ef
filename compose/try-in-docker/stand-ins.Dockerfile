# Stand-ins for the images that compose.yaml names, where no registry is reached: Debian's packages
# of the same programs, started as the official images start them. `twofactor-parts` is a root folder
# with all of them, which try-in-docker.sh imports.

FROM twofactor-parts:1 AS postgres
ENV PGDATA=/var/lib/postgresql/data
RUN ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/ && \
    install -d -o postgres -g postgres -m 700 "$PGDATA"
COPY --chmod=755 postgres.sh /usr/local/bin/docker-entrypoint.sh
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]

FROM twofactor-parts:1 AS rabbitmq
ENV HOME=/var/lib/rabbitmq RABBITMQ_LOGS=- PATH=/usr/lib/rabbitmq/bin:/usr/sbin:/usr/bin:/sbin:/bin
RUN mkdir -p /etc/rabbitmq/conf.d && \
    echo '[rabbitmq_prometheus].' >/etc/rabbitmq/enabled_plugins && \
    echo 'log.console = true' >/etc/rabbitmq/conf.d/10-defaults.conf && \
    rm -rf /var/lib/rabbitmq/* /var/lib/rabbitmq/.erlang.cookie && \
    chown -R rabbitmq:rabbitmq /etc/rabbitmq /var/lib/rabbitmq
VOLUME /var/lib/rabbitmq
ENTRYPOINT ["sh", "-c", "chown -R rabbitmq: /var/lib/rabbitmq && \
    exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups rabbitmq-server"]

FROM twofactor-parts:1 AS prometheus
RUN install -d -o nobody -g nogroup /prometheus
WORKDIR /prometheus
USER nobody
VOLUME /prometheus
ENTRYPOINT ["prometheus"]

# Debian has no Grafana: a page that answers where Grafana's health check asks.
FROM twofactor-parts:1 AS grafana
RUN install -d -o 472 -g 0 /usr/share/page/api /var/lib/grafana && \
    touch /usr/share/page/api/health
USER 472:0
CMD ["python3", "-m", "http.server", "--directory", "/usr/share/page", "3000"]

FROM twofactor-parts:1 AS runtime
COPY --chmod=755 programs/twofactor-ready /usr/local/bin/
USER 65532:65532

FROM runtime AS sms-sandbox
COPY --chmod=755 programs/sms-sandbox /usr/local/bin/
CMD ["sms-sandbox"]

FROM runtime AS workers
COPY --chmod=755 programs/twofactor-login programs/twofactor-sms programs/twofactor-enrollment \
    programs/twofactor-reset programs/twofactor-ctl /usr/local/bin/
CMD ["twofactor-ctl", "--help"]
