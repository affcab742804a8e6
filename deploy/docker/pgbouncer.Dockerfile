# PgBouncer from Debian's packages, with deploy/pgbouncer/pgbouncer.ini. In the repository's folder:
#   docker build --file deploy/docker/pgbouncer.Dockerfile --tag classkey-pgbouncer deploy
# hadolint global ignore=DL3008
FROM debian:12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends pgbouncer \
    && rm -rf /var/lib/apt/lists/* /etc/pgbouncer/* \
    && useradd --uid 10002 --user-group --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin pooler
COPY pgbouncer/pgbouncer.ini /opt/pgbouncer/pgbouncer.ini
COPY --chmod=0755 docker/start-pgbouncer /usr/local/bin/start-pgbouncer
USER 10002:10002
EXPOSE 6432
ENTRYPOINT ["start-pgbouncer"]
