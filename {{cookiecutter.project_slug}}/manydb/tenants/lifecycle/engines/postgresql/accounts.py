"""Accounts of tenants on PostgreSQL: each may connect to one database, and has rights on its rows. It owns nothing.

PUBLIC, to which every account belongs, may connect to a new database: that is taken away. Tables belong to the role
that migrates. What that makes later has the rights of its default privileges, which name its role and the account.

Sources: PostgreSQL, CREATE ROLE, GRANT, ALTER DEFAULT PRIVILEGES, DROP OWNED.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from django.db import Error
from django.db.backends.utils import CursorWrapper

from manydb.core.credentials import Login
from manydb.fleet.admin_account import clients_role
from manydb.fleet.deployment.postgresql import RIGHTS, RIGHTS_OF_READER, password_clause
from manydb.tenants.lifecycle.engines.postgresql.freezing import as_who_logged_in
from manydb.tenants.lifecycle.errors import sentence
from manydb.tenants.lifecycle.logins import Logins, refused
from manydb.tenants.lifecycle.places import Place

_PLAIN = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
_EXISTS = "SELECT 1 FROM pg_roles WHERE rolname = %s"
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
# Deadlines that behind a pooler only a role can have; a new one has those of the login that pages had before.
_DEADLINES = """
    SELECT split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1)
    FROM pg_roles, unnest(rolconfig) AS setting
    WHERE rolname = %s AND setting ~ '^(statement_timeout|lock_timeout|idle_in_transaction_session_timeout)='
"""


class Accounts:
    def admit(self, place: Place, logins: Logins) -> None:
        try:
            with place.server() as cursor:
                clients = f'"{clients_role()}"'
                if not _exists(cursor, clients_role()):
                    cursor.execute(f"CREATE ROLE {clients} NOLOGIN")
                for login in logins.all:
                    _make(cursor, login, place, logins)
                    cursor.execute(f'GRANT {clients} TO "{login.user}"')
        except Error as error:
            said, user = sentence(error, logins.pages.password), place.settings["USER"]
            raise refused(
                "reaches its own database only", said, f"ALTER ROLE {user} CREATEROLE"
            ) from error
        with _writing(place) as cursor:
            database = place.quoted()
            cursor.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
            cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            for login in logins.all:
                role = f'"{login.user}"'
                for objects, rights in RIGHTS_OF_READER if login is logins.reader else RIGHTS:
                    cursor.execute(f"GRANT {rights} ON ALL {objects} IN SCHEMA public TO {role}")
                    cursor.execute(
                        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON {objects} TO {role}"
                    )
                cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
                # The last one, which says that the others were given.
                cursor.execute(f"GRANT CONNECT ON DATABASE {database} TO {role}")

    def expel(self, place: Place, names: Iterable[str]) -> None:
        with _writing(place) as cursor:
            for name in [name for name in names if _exists(cursor, name)]:
                role = f'"{name}"'
                for objects in ("TABLES", "SEQUENCES"):
                    cursor.execute(f"REVOKE ALL ON ALL {objects} IN SCHEMA public FROM {role}")
                    cursor.execute(
                        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON {objects} FROM {role}"
                    )
                cursor.execute(f"REVOKE ALL ON SCHEMA public FROM {role}")
                cursor.execute(f"REVOKE ALL ON DATABASE {place.quoted()} FROM {role}")

    def forget_rights(self, place: Place, names: Iterable[str]) -> None:
        pass  # they went with the database

    def drop_accounts(self, place: Place, names: Iterable[str]) -> None:
        with place.server() as cursor:
            for name in [name for name in names if _exists(cursor, name)]:
                with as_who_logged_in(cursor), suppress(Error):
                    cursor.execute(_END, [name])
                cursor.execute(f'DROP ROLE "{name}"')


def _make(cursor: CursorWrapper, login: Login, place: Place, logins: Logins) -> None:
    role = f'"{login.user}"'
    proof = "" if logins.tokens else password_clause(cursor, login)
    if _exists(cursor, login.user):  # a killed run has left it
        if proof:
            cursor.execute(f"ALTER ROLE {role}{proof}")
    else:
        cursor.execute(f"CREATE ROLE {role} {_PLAIN}{proof}")
        cursor.execute(f"GRANT {role} TO CURRENT_USER")  # who has to end its sessions
    if logins.tokens:
        cursor.execute(f"GRANT rds_iam TO {role}")
    if login is logins.reader:
        cursor.execute(f"ALTER ROLE {role} SET default_transaction_read_only = on")
    cursor.execute(_DEADLINES, [place.shared_user])
    for name, value in cursor.fetchall():
        value = value.replace("'", "''")
        cursor.execute(f"ALTER ROLE {role} SET {name} = '{value}'")


def _exists(cursor: CursorWrapper, role: str) -> bool:
    cursor.execute(_EXISTS, [role])
    return cursor.fetchone() is not None


@contextmanager
def _writing(place: Place) -> Iterator[CursorWrapper]:
    """A cursor in the database, as the role that migrates it. A frozen database is read-only by default."""
    with place.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = off")
        yield cursor
