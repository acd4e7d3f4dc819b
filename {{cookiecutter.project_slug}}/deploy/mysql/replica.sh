#!/bin/bash
# The first start of compose.yaml's replica: follow the primary from its first transaction.
set -e

quoted() {
    printf "'%s'" "$(printf %s "$1" | sed "s/[\\\\']/\\\\&/g")"
}

# RESET: what the image wrote while it prepared this server is no part of the primary's history. The
# replica starts to read when the server starts in earnest; super_read_only comes last, as it binds root, too.
MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql --protocol=socket --user=root <<SQL
RESET BINARY LOGS AND GTIDS;
CHANGE REPLICATION SOURCE TO
    SOURCE_HOST = $(quoted "$PRIMARY_HOST"),
    SOURCE_PORT = ${PRIMARY_PORT:-3306},
    SOURCE_USER = 'replication',
    SOURCE_PASSWORD = $(quoted "$DATABASE_PASSWORD"),
    SOURCE_AUTO_POSITION = 1,
    GET_SOURCE_PUBLIC_KEY = 1;
SET PERSIST super_read_only = ON;
SQL
