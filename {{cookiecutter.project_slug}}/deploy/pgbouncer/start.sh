#!/bin/sh
# Run PgBouncer for compose.yaml: pgbouncer.ini, without TLS on its private network, in front of
# SERVER_HOST. The project's user and "bouncer" have the same password there, DATABASE_PASSWORD.
set -eu
here=$(dirname "$0")
runtime=${RUNTIME_DIRECTORY:-/run/pgbouncer}
umask 077
password=$(printf %s "$DATABASE_PASSWORD" | sed 's/"/""/g')
printf '"%s" "%s"\n' bouncer "$password" "$DATABASE_USER" "$password" >"$runtime/userlist.txt"
sed -e '/^; --- TLS/,$d' \
    -e "s/host=db.internal port=5432/host=$SERVER_HOST port=${SERVER_PORT:-5432}/" \
    -e "s|^auth_file = .*|auth_file = $runtime/userlist.txt|" \
    "$here/pgbouncer.ini" >"$runtime/pgbouncer.ini"
exec pgbouncer "$runtime/pgbouncer.ini"
