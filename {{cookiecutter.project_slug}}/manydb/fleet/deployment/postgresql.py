"""PostgreSQL: a role owns the databases and their tables, and the accounts of pages have rights on rows.

Sources: PostgreSQL, CREATE ROLE, GRANT, ALTER DEFAULT PRIVILEGES, "Predefined Roles".
"""

from contextlib import suppress
from functools import partial
from typing import Any

from django.db import Error
from django.db.backends.utils import CursorWrapper

from manydb.core import deadlines
from manydb.core.credentials import Login
from manydb.fleet.admin_account import clients_role
from manydb.fleet.deployment.server import Change, DatabaseServer, quoted
from manydb.fleet.deployment.tenancy import tenancy

RIGHTS = [
    ("TABLES", "SELECT, INSERT, UPDATE, DELETE"),
    ("SEQUENCES", "USAGE, SELECT, UPDATE"),
]
RIGHTS_OF_READER = [("TABLES", "SELECT"), ("SEQUENCES", "SELECT")]
_ROLE = "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s"
_IS_MEMBER = """
    SELECT 1 FROM pg_auth_members m
    JOIN pg_roles role ON role.oid = m.roleid JOIN pg_roles member ON member.oid = m.member
    WHERE role.rolname = %s AND member.rolname = %s"""
_READS_ONLY = "SELECT 1 FROM pg_roles WHERE rolname = %s AND 'default_transaction_read_only=on' = ANY(rolconfig)"
# ALTER ROLE … SET role, of a second account for rotation or of one that Vault made.
_ACTS_AS = """
    SELECT substr(setting, 6) FROM pg_roles, unnest(rolconfig) setting
    WHERE rolname = %s AND setting LIKE 'role=%%'"""
_MAY_CONNECT = """
    SELECT datname FROM pg_database d, aclexplode(d.datacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE a.privilege_type = 'CONNECT' AND r.rolname = ANY(%s)
    GROUP BY datname HAVING count(DISTINCT r.rolname) = %s"""
# Without a list of rights a database has those of a new one, of which PUBLIC's are some.
_OPEN_TO_ALL = """
    SELECT datname FROM pg_database d WHERE d.datacl IS NULL OR EXISTS
    (SELECT FROM aclexplode(d.datacl) a WHERE a.grantee = 0 AND a.privilege_type = 'CONNECT')"""
_OTHERS = (
    "SELECT datname FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE r.rolname <> %s"
)
# What belongs to another role, but for what an extension brought: all of it becomes the owner's.
_HAND_OVER = """
    DO $$
    DECLARE statement text;
    BEGIN
        FOR statement IN
            SELECT format('ALTER %s %I.%I OWNER TO {owner}',
                CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                ELSE 'TABLE' END, n.nspname, c.relname)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname !~ '^(pg_|information_schema)'
            AND c.relowner <> '{plain}'::regrole
            AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'a', 'i'))
            UNION ALL
            SELECT format('ALTER ROUTINE %s OWNER TO {owner}', p.oid::regprocedure)
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname !~ '^(pg_|information_schema)' AND p.proowner <> '{plain}'::regrole
            AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        LOOP
            EXECUTE statement;
        END LOOP;
    END $$"""


class PostgreSQLServer(DatabaseServer):
    port = 5432
    maintenance = "postgres"

    def problems(self, cursor: CursorWrapper) -> list[str]:
        cursor.execute("SELECT pg_is_in_recovery()")
        if cursor.fetchone()[0]:
            return [
                f"{self.label} is a replica, which takes no writes. Set DATABASE_HOST, or DATABASE_DIRECT_HOST "
                "past a pooler, to the primary."
            ]
        cursor.execute(_ROLE, [self.admin.user])
        is_super, *may = cursor.fetchone() or (False, False, False)
        needed = ["CREATEDB"] if self.has_one_account else ["CREATEROLE", "CREATEDB"]
        lacking = [right for right in needed if not (is_super or may[right == "CREATEDB"])]
        if not lacking:
            return []
        return [
            f"{self.admin.user} may not make what is missing on {self.label}. Run as a superuser: "
            f"ALTER ROLE {quoted(cursor, self.admin.user)} {' '.join(lacking)}."
        ]

    def names(self, cursor: CursorWrapper) -> set[str]:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall()}

    def accounts(self, cursor: CursorWrapper) -> set[str]:
        cursor.execute("SELECT rolname FROM pg_roles")
        return {name for (name,) in cursor.fetchall()}

    def open_to_all(self, cursor: CursorWrapper) -> set[str]:
        cursor.execute(_OPEN_TO_ALL)
        return {name for (name,) in cursor.fetchall()}

    def account_changes(self, cursor: CursorWrapper, shared: str) -> tuple[list[Change], list[str]]:
        if self.has_one_account:
            return [], []
        changes, refused = [], []
        owner = quoted(cursor, self.owner)
        if not _exists(cursor, self.owner):
            made = [
                f"CREATE ROLE {owner} NOLOGIN CREATEDB CREATEROLE",
                f"GRANT {owner} TO CURRENT_USER",
            ]
            text = (
                f"create the role {self.owner}, which can't log in, for the databases to belong to"
            )
            changes.append(self._change(text, *made))
        elif not self._admin_may_become_owner(cursor):
            text = f"let {self.admin.user} work as {self.owner}"
            changes.append(self._change(text, f"GRANT {owner} TO CURRENT_USER"))
        clients, name = quoted(cursor, clients_role()), clients_role()
        if not _exists(cursor, name):
            text = f"create the role {name}, whose members PgBouncer lets in"
            # Its owner lets tenants' accounts in, and can't log in itself.
            made = [f"CREATE ROLE {clients}", f"GRANT {clients} TO {owner} WITH ADMIN OPTION"]
            changes.append(self._change(text, *made))
        for login in self.logins:
            role, what = (
                quoted(cursor, login.user),
                f"GRANT {quoted(cursor, login.user)} TO {owner}",
            )
            if not _exists(cursor, login.user):
                text = f"create the account {login.user}, which {self._purpose(login)}"
                password = self._password(cursor, login)
                rest = [f"GRANT rds_iam TO {role}"] if self.uses_tokens else []
                rest.append(f"GRANT {clients} TO {role}")
                made = [f"CREATE ROLE {role} LOGIN{password}", what, *rest]
                changes.append(Change(text, partial(self._introduce, made, login)))
                continue
            is_ours = self._is_member(cursor, login.user, self.owner)
            if said := self.refuses(login):
                if is_ours and "password" in said:
                    text = f"give {login.user} the password of the parameters"
                    changes.append(
                        self._change(text, f"ALTER ROLE {role}{self._password(cursor, login)}")
                    )
                else:
                    refused.append(
                        f"{login.user} is an account of {self.label} that does not log in with its password of the "
                        f"parameters: {said}. This project did not make it: correct the user or the password."
                    )
            if not is_ours:
                changes.append(
                    self._change(f"let {self.owner} end the sessions of {login.user}", what)
                )
            if not self._is_member(cursor, name, login.user):
                text = f"let {login.user} come in through PgBouncer"
                changes.append(self._change(text, f"GRANT {clients} TO {role}"))
            if login is self.reader and not self._reads_only(cursor):
                changes.append(self._change(f"make {login.user} read-only", self._read_only(role)))
            if missing := self._missing_deadlines(cursor, login):
                text = (
                    f"give {login.user} deadlines, which no connection through the pooler can set"
                )
                changes.append(self._change(text, *self._deadlines(role, missing)))
        return changes, refused

    def _introduce(self, statements: list[str], login: Login) -> None:
        with self.session() as cursor:
            role = quoted(cursor, login.user)
            if login is self.reader:
                statements = [*statements, self._read_only(role)]
            wanted = deadlines.of_role(self.pages, reader=login is self.reader)
            statements = [*statements, *self._deadlines(role, wanted)]
            for statement in statements:
                cursor.execute(statement)
            with suppress(Error):  # who may not give it away sees lag less well
                cursor.execute(f"GRANT pg_monitor TO {role}")

    def _change(self, text: str, *statements: str) -> Change:
        def make() -> None:
            with self.session() as cursor:
                for statement in statements:
                    cursor.execute(statement)

        return Change(text, make)

    def _read_only(self, role: str) -> str:
        return f"ALTER ROLE {role} SET default_transaction_read_only = on"

    def _reads_only(self, cursor: CursorWrapper) -> bool:
        assert self.reader is not None  # noqa: S101  for the type checker
        cursor.execute(_READS_ONLY, [self.reader.user])
        return cursor.fetchone() is not None

    def _missing_deadlines(self, cursor: CursorWrapper, login: Login) -> dict[str, int]:
        wanted = deadlines.of_role(self.pages, reader=login is self.reader)
        if not wanted:
            return {}
        cursor.execute("SELECT rolconfig FROM pg_roles WHERE rolname = %s", [login.user])
        (has,) = cursor.fetchone()
        return {
            name: value for name, value in wanted.items() if f"{name}={value}ms" not in (has or ())
        }

    def _deadlines(self, role: str, wanted: dict[str, int]) -> list[str]:
        return [f"ALTER ROLE {role} SET {name} = '{value}ms'" for name, value in wanted.items()]

    def _purpose(self, login: Login) -> str:
        return "reads rows and changes none" if login is self.reader else "reads and changes rows"

    def _password(self, cursor: CursorWrapper, login: Login) -> str:
        return "" if self.uses_tokens else password_clause(cursor, login)

    def _admin_may_become_owner(self, cursor: CursorWrapper) -> bool:
        cursor.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", [self.admin.user, self.owner])
        return bool(cursor.fetchone()[0])

    def _is_member(self, cursor: CursorWrapper, role: str, member: str) -> bool:
        cursor.execute(_IS_MEMBER, [role, member])
        return cursor.fetchone() is not None

    def create(self, name: str) -> None:
        with self.session() as cursor:
            owner = f" OWNER {quoted(cursor, self.owner)}" if self.owner else ""
            # Not template1, into which an administrator may have put something that a dump has, too.
            cursor.execute(f"CREATE DATABASE {quoted(cursor, name)} TEMPLATE template0{owner}")

    def granted(self, cursor: CursorWrapper) -> set[str]:
        if self.has_one_account:
            return self.names(cursor)
        return self._may_connect(cursor, self.logins)

    def granted_to(self, cursor: CursorWrapper, login: Login) -> set[str]:
        return self._may_connect(cursor, [login])

    def _may_connect(self, cursor: CursorWrapper, logins: list[Login]) -> set[str]:
        users = list({self._acts_as(cursor, login) for login in logins})
        cursor.execute(_MAY_CONNECT, [users, len(users)])
        return {name for (name,) in cursor.fetchall()}

    def _acts_as(self, cursor: CursorWrapper, login: Login) -> str:
        """The role whose rights count in the sessions of an account: itself, unless it begins with SET role."""
        cursor.execute(_ACTS_AS, [login.user])
        row = cursor.fetchone()
        return row[0] if row else login.user

    def foreign(self, cursor: CursorWrapper) -> set[str]:
        if self.has_one_account:
            return set()
        cursor.execute(_OTHERS, [self.owner])
        return {name for (name,) in cursor.fetchall()}

    def grant(self, name: str, *, ours: bool = True) -> None:
        if self.has_one_account:
            return
        with self.database(name) as cursor:
            owner, database = quoted(cursor, self.owner), quoted(cursor, name)
            if ours:
                if name in self.foreign(cursor):
                    self._take_over(cursor, owner, database)
                cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
                what = "ALL" if tenancy().has_accounts else "CREATE, TEMPORARY"
                cursor.execute(f"REVOKE {what} ON DATABASE {database} FROM PUBLIC")
            for login in self.logins:
                role = quoted(cursor, self._acts_as(cursor, login))
                for objects, rights in self._rights(login):
                    cursor.execute(f"GRANT {rights} ON ALL {objects} IN SCHEMA public TO {role}")
                    if ours:
                        cursor.execute(
                            f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public "
                            f"GRANT {rights} ON {objects} TO {role}"
                        )
                cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
                # The last one, which says that the others were given.
                cursor.execute(f"GRANT CONNECT ON DATABASE {database} TO {role}")

    def _take_over(self, cursor: CursorWrapper, owner: str, database: str) -> None:
        cursor.execute(f"ALTER DATABASE {database} OWNER TO {owner}")
        plain = owner.replace("'", "''")
        cursor.execute(_HAND_OVER.format(owner=owner.replace("'", "''"), plain=plain))

    def _rights(self, login: Login) -> list[tuple[str, str]]:
        return RIGHTS_OF_READER if login is self.reader else RIGHTS

    def excess(self, cursor: CursorWrapper, name: str) -> list[str]:
        found = []
        for login in () if self.has_one_account else self.logins:
            cursor.execute(_ROLE, [login.user])
            words = ("SUPERUSER", "CREATEROLE", "CREATEDB")
            more = [word for word, has in zip(words, cursor.fetchone() or (), strict=False) if has]
            if more:
                role = quoted(cursor, login.user)
                found.append(
                    f"{login.user} may do more than pages need. Run as a superuser: ALTER ROLE {role} "
                    f"{' '.join(f'NO{word}' for word in more)}."
                )
            if self._is_member(cursor, self.owner, login.user):
                found.append(
                    f"{login.user} may work as {self.owner}. Run as a superuser: REVOKE {self.owner} FROM {login.user}."
                )
        return found

    def extensions(self, cursor: CursorWrapper, wanted: set[str]) -> list[str]:
        cursor.execute("SELECT name FROM pg_available_extensions")
        there = {name for (name,) in cursor.fetchall()}
        return [
            f"{self.label} has no extension {name}, which a migration creates. Install it on the server, for example "
            "with the package postgresql-contrib."
            for name in sorted(wanted - there)
        ]


def password_clause(cursor: CursorWrapper, login: Login) -> str:
    """The clause that sets a password: its hash, where the driver makes one, so that no log has the password."""
    session: Any = cursor.db.connection
    password = login.password
    if hasattr(session, "pgconn"):
        encoded = (login.password.encode(), login.user.encode())
        password = session.pgconn.encrypt_password(*encoded).decode()
    operations: Any = cursor.db.ops
    clause: str = operations.compose_sql(" PASSWORD %s", [password])
    return clause


def _exists(cursor: CursorWrapper, role: str) -> bool:
    cursor.execute(_ROLE, [role])
    return cursor.fetchone() is not None
