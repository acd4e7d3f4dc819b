"""A server, as the administrator's account sees it: its databases, and the accounts of the project."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import Error, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.utils import load_backend

from manydb.core.credentials import Login, login_of
from manydb.fleet.admin_account import PASSWORD, USER, admin_login, as_admin, owner_role
from manydb.patches.server_cursors import server_cursor

ALIAS = "deployment"  # in messages of Django; no entry of DATABASES has it
_ABOUT_TLS = re.compile(r"\b(SSL|TLS|certificate)\b")


@dataclass(frozen=True, slots=True)
class Change:
    """What has to be done: the line of the plan, and the function that does it."""

    text: str
    make: Callable[[], object]


class CannotReach(Exception):
    """A server does not answer, or does not let the administrator in. The message says what to correct."""


class DatabaseServer:
    """What differs between servers is in a subclass for each kind."""

    port: ClassVar[int]
    maintenance: ClassVar[str]  # a database that is always there, for an account that has none yet

    def __init__(
        self,
        entry: Mapping[str, Any],
        reader: Login | None = None,
        pages: Mapping[str, Any] | None = None,
    ) -> None:
        """
        Args:
            entry: a direct one, of any of the project's databases there, with the account of pages.
            reader: the account of replicas' aliases.
            pages: the entry that pages use, which may lead through a pooler.
        """
        self.entry = dict(entry)
        self.pages = pages or {}
        self.web = login_of(entry)
        self.reader = reader if reader and reader.user != self.web.user else None
        admin = admin_login(entry)
        self.admin = admin or self.web
        self.has_one_account = self.admin.user == self.web.user
        self.owner = "" if self.has_one_account else owner_role(entry)

    @property
    def label(self) -> str:
        """The address, as messages name it."""
        return f"{self.entry.get('HOST') or 'localhost'}:{self.entry.get('PORT') or self.port}"

    @property
    def logins(self) -> list[Login]:
        """The accounts of pages."""
        return [self.web, self.reader] if self.reader else [self.web]

    @property
    def uses_tokens(self) -> bool:
        """Whether the accounts of pages log in with tokens of IAM."""
        return not self.web.password and "rds_iam" in str(self.entry["ENGINE"])

    @contextmanager
    def session(self) -> Iterator[CursorWrapper]:
        """Yields a cursor of the administrator's, in none of the project's databases.

        Raises:
            CannotReach: there is no way in.
        """
        reached = False
        try:
            with server_cursor(self._wrapper(as_admin(self.entry, as_owner=False))) as cursor:
                reached = True
                yield cursor
        except OperationalError as error:
            if reached:
                raise
            said = self.said(error)
            remedy = (
                "Give the server TLS with a certificate that DATABASE_CA_FILE trusts. On a private network "
                "without TLS, set DATABASE_TLS=false."
                if _ABOUT_TLS.search(said)
                else f"Correct DATABASE_HOST, or DATABASE_DIRECT_HOST past a pooler, or {USER} and {PASSWORD}."
            )
            raise CannotReach(
                f"{self.label} does not let {self.admin.user} in: {said}. {remedy}"
            ) from error

    @contextmanager
    def database(self, name: str, *, as_owner: bool = False) -> Iterator[CursorWrapper]:
        """Yields a cursor of the administrator's in this database."""
        entry = as_admin(self.entry, as_owner=as_owner)
        connection = self._wrapper({**entry, "NAME": name})
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def refuses(self, login: Login, name: str = "") -> str:
        """Why the server does not let an account in; "" if it does, or if only a token could tell."""
        if not login.password:
            return ""
        entry = {**self.entry, "USER": login.user, "PASSWORD": login.password}
        connection = self._wrapper({**entry, "NAME": name or self.maintenance})
        try:
            connection.ensure_connection()
        except Error as error:
            return self.said(error)
        finally:
            connection.close()
        return ""

    def said(self, error: BaseException) -> str:
        """The text of an error on one line, without passwords."""
        text = " ".join(str(error).split()).rstrip(".")
        for login in (self.admin, *self.logins):
            text = text.replace(login.password, "***") if login.password else text
        return text

    def _wrapper(self, entry: dict[str, Any]) -> BaseDatabaseWrapper:
        wrapper: type[BaseDatabaseWrapper] = load_backend(entry["ENGINE"]).DatabaseWrapper
        return wrapper(entry, ALIAS)

    # What differs.

    def problems(self, cursor: CursorWrapper) -> list[str]:
        """Returns why this server or the administrator's account is of no use, one sentence each."""
        raise NotImplementedError

    def names(self, cursor: CursorWrapper) -> set[str]:
        """Returns the databases that there are."""
        raise NotImplementedError

    def account_changes(self, cursor: CursorWrapper, shared: str) -> tuple[list[Change], list[str]]:
        """Returns what is missing of the accounts, and why they can't be used, one sentence each."""
        raise NotImplementedError

    def create(self, name: str) -> None:
        """Creates an empty database."""
        raise NotImplementedError

    def granted(self, cursor: CursorWrapper) -> set[str]:
        """Returns the databases that all accounts of pages may use already."""
        raise NotImplementedError

    def granted_to(self, cursor: CursorWrapper, login: Login) -> set[str]:
        """Returns the databases that this account may use."""
        raise NotImplementedError

    def accounts(self, cursor: CursorWrapper) -> set[str]:
        """Returns the accounts that there are."""
        raise NotImplementedError

    def open_to_all(self, cursor: CursorWrapper) -> set[str]:
        """Returns the databases that any account may connect to, where a new one is such."""
        return set()

    def foreign(self, cursor: CursorWrapper) -> set[str]:
        """Returns the databases that belong to another role than the project's, where databases have an owner."""
        return set()

    def grant(self, name: str, *, ours: bool = True) -> None:
        """Lets the accounts of pages use a database: rows may be changed by one, and read by the other.

        Args:
            ours: the project makes the tables; on PostgreSQL they and the database get its role for an owner.
        """
        raise NotImplementedError

    def excess(self, cursor: CursorWrapper, name: str) -> list[str]:
        """Returns what the accounts of pages may do that no page needs, one sentence each."""
        raise NotImplementedError

    def extensions(self, cursor: CursorWrapper, wanted: set[str]) -> list[str]:
        """Returns which extensions the server does not have, one sentence each."""
        return []


def quoted(cursor: CursorWrapper, name: str) -> str:
    """Returns a name of a database or a role, quoted for SQL."""
    mark = "`" if cursor.db.vendor == "mysql" else '"'
    return mark + name.replace(mark, mark * 2) + mark
