#!/bin/bash
# The first start of compose.yaml's primary: the project's user, and one that replicas stream as.
set -e

psql=(psql --username=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1)

# CREATEDB as bootstrap and the tests make databases, CREATEROLE as restore_tenant makes a role that may fill one.
# pg_monitor shows how far replicas are behind.
"${psql[@]}" --set=name="$DATABASE_USER" --set=password="$DATABASE_PASSWORD" <<'SQL'
CREATE ROLE :"name" LOGIN CREATEDB CREATEROLE PASSWORD :'password';
GRANT pg_monitor TO :"name";
CREATE ROLE replication LOGIN REPLICATION PASSWORD :'password';
SQL
echo "host replication replication all scram-sha-256" >>"$PGDATA/pg_hba.conf"

# A project with PgBouncer: its user, who asks for the passwords of the others.
if [ -f /deploy/pgbouncer/auth_query.sql ]; then
    "${psql[@]}" --file=/deploy/pgbouncer/auth_query.sql
    "${psql[@]}" --set=password="$DATABASE_PASSWORD" <<<"ALTER ROLE bouncer PASSWORD :'password'"
fi
