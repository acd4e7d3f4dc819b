#!/bin/bash
# The first start of compose.yaml's primary: the project's user, and one that replicas read as.
set -e

quoted() {
    printf "'%s'" "$(printf %s "$1" | sed "s/[\\\\']/\\\\&/g")"
}

# Databases of these names, which bootstrap and the tests make. REPLICATION CLIENT shows how far replicas
# are behind. restore_tenant makes an account that may fill one database. No more than that: who may do everything
# may also write on a replica.
MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql --protocol=socket --user=root <<SQL
CREATE USER $(quoted "$DATABASE_USER")@'%' IDENTIFIED BY $(quoted "$DATABASE_PASSWORD");
GRANT ALL ON \`accounts\`.* TO $(quoted "$DATABASE_USER")@'%';
GRANT ALL ON \`{{ cookiecutter.project_slug | replace("_", "\\_") }}\`.* TO $(quoted "$DATABASE_USER")@'%';
GRANT ALL ON \`{{ cookiecutter.project_slug | replace("_", "\\_") }}\\_%\`.* TO $(quoted "$DATABASE_USER")@'%' WITH GRANT OPTION;
GRANT CREATE USER ON *.* TO $(quoted "$DATABASE_USER")@'%';
GRANT ALL ON \`test\\_%\`.* TO $(quoted "$DATABASE_USER")@'%';
GRANT REPLICATION CLIENT ON *.* TO $(quoted "$DATABASE_USER")@'%';
CREATE USER replication@'%' IDENTIFIED BY $(quoted "$DATABASE_PASSWORD");
GRANT REPLICATION SLAVE ON *.* TO replication@'%';
SQL
