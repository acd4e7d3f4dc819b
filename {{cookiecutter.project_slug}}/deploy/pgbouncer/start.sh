#!/bin/sh
# Run PgBouncer for compose.yaml: pgbouncer.ini, without TLS on its private network, for the server and
# the password that the environment names: SERVER_HOST, SERVER_PORT, BOUNCER_PASSWORD.
set -eu
here=$(dirname "$0")
runtime=${RUNTIME_DIRECTORY:-/run/pgbouncer}
umask 077
printf '"bouncer" "%s"\n' "$(printf %s "$BOUNCER_PASSWORD" | sed 's/"/""/g')" >"$runtime/userlist.txt"
sed -e '/^; --- TLS/,$d' \
    -e "s/host=db.internal port=5432/host=$SERVER_HOST port=${SERVER_PORT:-5432}/" \
    -e "s|^auth_file = .*|auth_file = $runtime/userlist.txt|" \
    "$here/pgbouncer.ini" >"$runtime/pgbouncer.ini"
exec pgbouncer "$runtime/pgbouncer.ini"
