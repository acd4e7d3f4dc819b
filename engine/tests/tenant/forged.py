"""What a forged dump may hold: a line of SQL each, or a change of the manifest. None reaches beyond the new database.

``{victim}`` is another tenant's database, ``{file}`` a file that must not come to be, ``{prefix}`` begins the names of
the project's databases.
"""

from collections.abc import Callable
from typing import Any

Manifest = dict[str, Any]

OF_MYSQL = {
    "a command of the shell": "\\! touch {file}",
    "a command of the shell, by its name": "system touch {file}",
    "a file of SQL": "\\. {file}.sql",
    "a file of SQL, by its name": "source {file}.sql",
    "output into a file": "\\T {file}",
    "output into a file, by its name": "tee {file}",
    "a pager": "\\P touch {file}",
    "another database": "USE {victim}; DELETE FROM note;",
    "another database, by a command": "\\u {victim}\nDELETE FROM note;",
    "another database by its name": "DELETE FROM {victim}.note;",
    "rows of another database": "CREATE TABLE stolen AS SELECT * FROM {victim}.note;",
    "rows into another database": "INSERT INTO {victim}.note VALUES ('forged');",
    "a table of another database": "DROP TABLE {victim}.note;",
    "a table into another database": "CREATE TABLE {victim}.forged (n int);",
    "a table moved to another database": "CREATE TABLE n (n int); RENAME TABLE n TO {victim}.forged;",
    "a table that looks like another database's": "CREATE TABLE stolen LIKE {victim}.note;",
    "a reference to another database": (
        "CREATE TABLE r (n int, FOREIGN KEY (n) REFERENCES {victim}.keyed (n));"
    ),
    "another database dropped": "DROP DATABASE {victim};",
    "a new database": "CREATE DATABASE {prefix}forged;",
    "a changed database": "ALTER DATABASE {victim} CHARACTER SET latin1;",
    "another account": "CREATE USER forged@'%' IDENTIFIED BY 'x';",
    "more rights": "GRANT ALL ON *.* TO CURRENT_USER();",
    "another password": "SET PASSWORD = PASSWORD('x');SELECT * FROM mysql.user;",
    "a setting of the server": "SET GLOBAL general_log_file = '{file}';",
    "a file of the server's": "SELECT 'x' INTO OUTFILE '{file}';",
    "a dump of the server's": "SELECT 'x' INTO DUMPFILE '{file}';",
    "a file read by the server": "CREATE TABLE f (t text); LOAD DATA INFILE '/etc/passwd' INTO TABLE f;",
    "a file of the client's": (
        "CREATE TABLE f (t text); LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE f;"
    ),
    "a table elsewhere": "CREATE TABLE d (n int) DATA DIRECTORY = '/tmp';",
    "a procedure": "CREATE PROCEDURE p() DELETE FROM {victim}.note; CALL p();",
    "a function": "CREATE FUNCTION f() RETURNS int NO SQL RETURN 1;",
    "a trigger": "CREATE TABLE t (n int); CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW DELETE FROM {victim}.note;",
    "an event": "CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO DELETE FROM {victim}.note;",
    "a view": "CREATE VIEW v AS SELECT * FROM {victim}.note;",
    "a view as somebody else": "CREATE DEFINER=`root`@`localhost` VIEW v AS SELECT 1;",
    "a plugin": "INSTALL SONAME 'ha_federatedx';",
    "a statement in a comment": "/*!50000 DELETE FROM {victim}.note */;",
    "a prepared statement": "SET @s = 'DELETE FROM {victim}.note'; PREPARE p FROM @s; EXECUTE p;",
    "a session of another account": "KILL {session};",
    "the identity of another tenant": (
        "DROP TABLE IF EXISTS manydb_identity; CREATE TABLE manydb_identity (id int, tenant varchar(36), "
        "state varchar(20)); INSERT INTO manydb_identity VALUES (1, '{uuid}', 'ready');"
    ),
}

# What the entry of a table may hold in an archive of pg_dump, whose list says that it is one.
OF_POSTGRESQL = {
    "another database dropped": "COMMIT; DROP DATABASE {victim};",
    "another database renamed": "COMMIT; ALTER DATABASE {victim} RENAME TO {prefix}forged;",
    "a new database": "COMMIT; CREATE DATABASE {prefix}forged;",
    "a setting of another database": "ALTER DATABASE {victim} SET statement_timeout = 1;",
    "a setting of the role": "ALTER ROLE {user} SET statement_timeout = 1;",
    "a setting of the server": "COMMIT; ALTER SYSTEM SET log_statement = 'all';",
    "another role": "CREATE ROLE forged LOGIN SUPERUSER;",
    "a member of the project's role": "GRANT {user} TO CURRENT_USER;",
    "the project's role": "SET ROLE {user}; CREATE TABLE forged (n int);",
    "the session of the project's role": "SET SESSION AUTHORIZATION {user};",
    "another password": "ALTER ROLE {user} PASSWORD 'x';",
    "more rights": "ALTER ROLE CURRENT_USER SUPERUSER;",
    "a member of those who run programs": "GRANT pg_execute_server_program TO CURRENT_USER;",
    "a program": "COPY (SELECT 1) TO PROGRAM 'touch {file}';",
    "a program's output": "CREATE TABLE f (t text); COPY f FROM PROGRAM 'touch {file}';",
    "a file of the server's": "COPY (SELECT 1) TO '{file}';",
    "a file read by the server": "CREATE TABLE f (t text); COPY f FROM '/etc/passwd';",
    "a file read by a function": "SELECT pg_read_file('/etc/passwd');",
    "a directory": "SELECT pg_ls_dir('.');",
    "a large object of a file": "SELECT lo_import('/etc/passwd');",
    "a large object into a file": "SELECT lo_export(lo_create(0), '{file}');",
    "another database by dblink": "CREATE EXTENSION dblink;",
    "another database by a foreign server": "CREATE EXTENSION postgres_fdw;",
    "a server of files": "CREATE EXTENSION file_fdw;",
    "a language without limits": "CREATE EXTENSION plpython3u;",
    "a session of another role": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{user}';",
    "statistics of the server": "SELECT pg_stat_reset_shared('bgwriter');",
    "the log": "SELECT pg_rotate_logfile();",
    "the configuration": "SELECT pg_reload_conf();",
    "a replication slot": "SELECT pg_create_physical_replication_slot('forged');",
    "a subscription": "CREATE SUBSCRIPTION forged CONNECTION 'dbname={victim}' PUBLICATION p;",
    "an event trigger": "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end'; "
    "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f();",
    "a tablespace": "COMMIT; CREATE TABLESPACE forged LOCATION '/tmp';",
    "a library": "LOAD '/tmp/forged.so';",
    "a function of a library": "CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/tmp/forged.so', 'f';",
    "a row of the catalog": "DELETE FROM pg_catalog.pg_database WHERE datname = '{victim}';",
    "rows of passwords": "CREATE TABLE stolen AS SELECT rolname, rolpassword FROM pg_authid;",
    "a cast": "CREATE CAST (int AS text) WITH INOUT AS IMPLICIT;",
    "a comment on another database": "COMMENT ON DATABASE {victim} IS 'forged';",
    "the identity of another tenant": (
        "CREATE TABLE manydb_identity (id int, tenant varchar(36), state varchar(20)); "
        "INSERT INTO manydb_identity VALUES (1, '{uuid}', 'ready');"
    ),
}

# Code that pg_dump lists as what it is. It is left out, and what comes along of the dump is its data.
CODE_OF_POSTGRESQL = {
    "a function": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a procedure": "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'",
    "a trigger": "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';\n"
    "CREATE TRIGGER t BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION g()",
    "a rule": "CREATE RULE r AS ON INSERT TO note DO ALSO NOTHING",
    "a policy": "ALTER TABLE note ENABLE ROW LEVEL SECURITY;\nCREATE POLICY p ON note USING (true)",
    "a view": "CREATE VIEW v AS SELECT 1 AS n",
    "a materialized view": "CREATE MATERIALIZED VIEW m AS SELECT 1 AS n",
    "an aggregate": "CREATE AGGREGATE a(int) (SFUNC = int4pl, STYPE = int)",
}

OF_MANIFESTS: dict[str, Callable[[Manifest, str], Manifest]] = {
    "another tenant's name": lambda said, victim: said | {"tenant": victim},
    "a path for a name": lambda said, victim: said | {"tenant": f"../{victim}"},
    "a path for the data": lambda said, victim: said | {"data": "../../etc/passwd"},
    "a host name under the base domain": lambda said, victim: (
        said | {"hostnames": [f"{victim}.testserver"]}
    ),
    "a host name that is none": lambda said, victim: said | {"hostnames": ["x'; DROP TABLE"]},
    "other rows": lambda said, victim: said | {"rows": {"note": -1}},
    "another checksum": lambda said, victim: (
        said | {"checksums": dict.fromkeys(said["checksums"], "0" * 64)}
    ),
    "no checksum": lambda said, victim: said | {"checksums": {}},
    "a newer format": lambda said, victim: said | {"format": 99},
    "no identity": lambda said, victim: {k: v for k, v in said.items() if k != "uuid"},
}
