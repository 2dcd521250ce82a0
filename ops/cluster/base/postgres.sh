#!/bin/sh
# As the public image of PostgreSQL begins: an empty folder becomes a cluster with a superuser, the files of
# /docker-entrypoint-initdb.d are run once, then the server listens.
set -eu
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  trap 'rm -rf "$PGDATA"/*' EXIT  # half a cluster would pass for a whole one at the next start
  work=$(mktemp -d)
  cp "$POSTGRES_PASSWORD_FILE" "$work/password"
  initdb --username="${POSTGRES_USER:-postgres}" --pwfile="$work/password" --auth-host=scram-sha-256 --auth-local=trust \
    --encoding=UTF8 --locale=C.UTF-8
  rm -rf "$work"
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  pg_ctl --wait --options="-c listen_addresses=''" start
  for file in /docker-entrypoint-initdb.d/*.sql; do
    psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres --file "$file"
  done
  pg_ctl --wait --mode=fast stop
  trap - EXIT
fi
[ "$1" != postgres ] || set -- "$@" -c "listen_addresses=*"
exec "$@"
