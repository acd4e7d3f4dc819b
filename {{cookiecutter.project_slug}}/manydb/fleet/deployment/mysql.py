"""MySQL and MariaDB: the administrator owns nothing, and the accounts of pages have rights on rows of each database.

Sources: MySQL manual and MariaDB, GRANT: ``_`` and ``%`` in a database's name are wildcards unless they are escaped.
"""

import re
from contextlib import suppress
from functools import partial

from django.db import Error
from django.db.backends.utils import CursorWrapper

from manydb.core.credentials import Login
from manydb.fleet.deployment.server import Change, DatabaseServer

RIGHTS = "SELECT, INSERT, UPDATE, DELETE, EXECUTE, SHOW VIEW"
RIGHTS_OF_READER = "SELECT, SHOW VIEW"
# MariaDB, where the second exists, keeps the state of a replica apart.
_SEE_LAG = ("REPLICATION CLIENT", "SLAVE MONITOR")
_MORE = re.compile(r"^GRANT (?:[A-Z ,]*\b)?(ALL PRIVILEGES|CREATE|DROP|ALTER|SUPER)\b")
_ON_DATABASE = re.compile(r" ON `((?:[^`]|``)+)`\.\* TO ")
_ANY_LETTER = re.compile(r"(?<!\\)[_%]")
_ALL = re.compile(r"^GRANT ALL PRIVILEGES ON \*\.\* .*WITH GRANT OPTION", re.DOTALL)
_SOME = re.compile(r"^GRANT (.*?) ON \*\.\* ", re.DOTALL)


class MySQLServer(DatabaseServer):
    port = 3306
    maintenance = ""

    def problems(self, cursor: CursorWrapper) -> list[str]:
        cursor.execute("SELECT @@read_only")
        if cursor.fetchone()[0]:
            return [
                f"{self.label} is a replica, which takes no writes. Set DATABASE_HOST, or DATABASE_DIRECT_HOST "
                "past a pooler, to the primary."
            ]
        cursor.execute("SHOW GRANTS")
        grants = [row[0] for row in cursor.fetchall()]
        if self.has_one_account or any(_ALL.match(grant) for grant in grants):
            return []
        rights = ", ".join(match[1] for grant in grants if (match := _SOME.match(grant)))
        needed = {"CREATE", "CREATE USER"} - {right.strip() for right in rights.split(",")}
        if not needed and any("GRANT OPTION" in grant for grant in grants):
            return []
        return [
            f"{self.admin.user} may not make what is missing on {self.label}. Run as root: "
            f"GRANT ALL ON *.* TO '{self.admin.user}'@'%' WITH GRANT OPTION."
        ]

    def names(self, cursor: CursorWrapper) -> set[str]:
        cursor.execute("SELECT schema_name FROM information_schema.schemata")
        return {name for (name,) in cursor.fetchall()}

    def accounts(self, cursor: CursorWrapper) -> set[str]:
        cursor.execute("SELECT user FROM mysql.user")
        return {name for (name,) in cursor.fetchall()}

    def account_changes(self, cursor: CursorWrapper, shared: str) -> tuple[list[Change], list[str]]:
        changes: list[Change] = []
        refused: list[str] = []
        for login in () if self.has_one_account else self.logins:
            what = (
                "reads rows and changes none" if login is self.reader else "reads and changes rows"
            )
            if not _hosts(cursor, login):
                text = f"create the account {login.user}, which {what}"
                changes.append(Change(text, partial(self._introduce, login)))
            elif said := self.refuses(login):
                if shared in self.granted_to(cursor, login):
                    text = f"give {login.user} the password of the parameters"
                    changes.append(Change(text, partial(self._change_password, login)))
                else:
                    refused.append(
                        f"{login.user} is an account of {self.label} that does not log in with its password of the "
                        f"parameters: {said}. This project did not make it: correct the user or the password."
                    )
        return changes, refused

    def _introduce(self, login: Login) -> None:
        with self.session() as cursor:
            if self.uses_tokens:
                cursor.execute(
                    "CREATE USER %s@'%%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'",
                    [login.user],
                )
            else:
                cursor.execute("CREATE USER %s@'%%' IDENTIFIED BY %s", [login.user, login.password])
            for right in _SEE_LAG:
                with suppress(Error):  # who may not give it away sees lag less well
                    cursor.execute(f"GRANT {right} ON *.* TO %s@'%%'", [login.user])

    def _change_password(self, login: Login) -> None:
        with self.session() as cursor:
            for host in _hosts(cursor, login):
                account = [login.user, host, login.password]
                cursor.execute("ALTER USER %s@%s IDENTIFIED BY %s", account)

    def create(self, name: str) -> None:
        with self.session() as cursor:
            cursor.execute(f"CREATE DATABASE `{name.replace('`', '``')}` CHARACTER SET utf8mb4")

    def granted(self, cursor: CursorWrapper) -> set[str]:
        if self.has_one_account:
            return self.names(cursor)
        return set.intersection(*(self.granted_to(cursor, login) for login in self.logins))

    def granted_to(self, cursor: CursorWrapper, login: Login) -> set[str]:
        cursor.execute(
            "SELECT db FROM mysql.db WHERE user = %s AND select_priv = 'Y'", [login.user]
        )
        return {name.replace("\\", "") for (name,) in cursor.fetchall()}

    def grant(self, name: str, *, ours: bool = True) -> None:
        if self.has_one_account:
            return
        with self.session() as cursor:
            for login in self.logins:
                rights = RIGHTS_OF_READER if login is self.reader else RIGHTS
                for host in _hosts(cursor, login):
                    cursor.execute(f"GRANT {rights} ON {only(name)}.* TO %s@%s", [login.user, host])

    def excess(self, cursor: CursorWrapper, name: str) -> list[str]:
        found = []
        for login in () if self.has_one_account else self.logins:
            for host in _hosts(cursor, login):
                cursor.execute("SHOW GRANTS FOR %s@%s", [login.user, host])
                grants = [row[0] for row in cursor.fetchall()]
                found += [
                    f"{login.user} reaches more than one database by `{wide}`: _ and % stand for any letters there. "
                    f"Run as root: REVOKE ALL PRIVILEGES ON `{wide}`.* FROM '{login.user}'@'{host}'. Then run "
                    "deploy_databases again."
                    for wide in filter(None, map(wide_name, grants))
                ]
                if more := next((grant for grant in grants if _MORE.match(grant)), None):
                    right, _, _ = more.partition(" TO ")
                    account = f"'{login.user}'@'{host}'"
                    found.append(
                        f"{login.user} may do more than pages need. Run as root: "
                        f"{right.replace('GRANT', 'REVOKE', 1)} FROM {account}."
                    )
        return found


def only(name: str) -> str:
    """Returns the name of a database for GRANT with parameters: quoted, and with nothing in it that stands for more."""
    return "`" + re.sub(r"([_%])", r"\\\1", name.replace("`", "``")).replace("%", "%%") + "`"


def wide_name(grant: str) -> str:
    """Returns the name in a grant on a database if it stands for more databases than one; "" otherwise."""
    match = _ON_DATABASE.search(grant)
    return match[1] if match and _ANY_LETTER.search(match[1]) else ""


def _hosts(cursor: CursorWrapper, login: Login) -> list[str]:
    cursor.execute("SELECT host FROM mysql.user WHERE user = %s", [login.user])
    return [host for (host,) in cursor.fetchall()]
