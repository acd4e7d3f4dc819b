"""Accounts of tenants on MySQL and MariaDB: each has rights on rows of one database, and sees no other.

Sources: MySQL manual and MariaDB, GRANT: ``_`` and ``%`` in a database's name are wildcards unless they are escaped.
``REVOKE`` and ``DROP DATABASE``: rights on a database outlive it, and hold for the next one of its name.
"""

from collections.abc import Iterable
from contextlib import suppress

from django.db import Error
from django.db.backends.utils import CursorWrapper

from manydb.fleet.deployment.mysql import RIGHTS, RIGHTS_OF_READER, only
from manydb.tenants.lifecycle.errors import sentence
from manydb.tenants.lifecycle.logins import Logins, refused
from manydb.tenants.lifecycle.places import Place

_HOST = "%"
_SESSIONS = "SELECT id FROM information_schema.processlist WHERE user = %s"


class Accounts:
    def admit(self, place: Place, logins: Logins) -> None:
        with place.server() as cursor:
            try:
                for login in logins.all:
                    _make(cursor, login.user, "" if logins.tokens else login.password)
                    rights = RIGHTS_OF_READER if login is logins.reader else RIGHTS
                    account = [login.user, _HOST]
                    cursor.execute(f"GRANT {rights} ON {only(place.name)}.* TO %s@%s", account)
            except Error as error:
                said = sentence(error, logins.pages.password)
                user = place.settings["USER"]
                statement = f"GRANT CREATE USER ON *.* TO '{user}'@'%' WITH GRANT OPTION"
                raise refused("reaches its own database only", said, statement) from error

    def expel(self, place: Place, names: Iterable[str]) -> None:
        with place.server() as cursor:
            for name in names:
                for rights in (RIGHTS, RIGHTS_OF_READER):
                    with suppress(Error):  # there is no such account, or it has no such rights
                        on = f"REVOKE {rights} ON {only(place.name)}.* FROM %s@%s"
                        cursor.execute(on, [name, _HOST])

    forget_rights = expel

    def drop_accounts(self, place: Place, names: Iterable[str]) -> None:
        with place.server() as cursor:
            for name in names:
                cursor.execute("DROP USER IF EXISTS %s@%s", [name, _HOST])
                cursor.execute(_SESSIONS, [name])
                for (session,) in cursor.fetchall():
                    with suppress(Error):  # it has ended by itself, or is not ours to end
                        cursor.execute("KILL %s", [session])


def _make(cursor: CursorWrapper, user: str, password: str) -> None:
    if password:
        proof, words = "IDENTIFIED BY %s", [user, _HOST, password]
    else:
        proof, words = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'", [user, _HOST]
    cursor.execute(f"CREATE USER IF NOT EXISTS %s@%s {proof}", words)
    cursor.execute(f"ALTER USER %s@%s {proof}", words)  # one that a killed run has left
