"""A role for loading a dump, which may fill one database and has no other rights.

The entries of an archive hold SQL, and a forged one may hold any under the name of a table. What it may do is
decided by the server, by the rights of the role that runs it. What it has made is the project's role's afterwards.

Sources: PostgreSQL, CREATE ROLE, REASSIGN OWNED and DROP OWNED.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from django.db import Error
from django.db.backends.utils import CursorWrapper

from manydb.core.locks import lock
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.places import Place

_PLAIN = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"

_WAIT = 60  # seconds, for others that make such a role


@contextmanager
def restricted(place: Place) -> Iterator[Place]:
    """Yields the database with a role that is made for the block.

    Raises:
        ProvisioningError: the project's role can't make one.
    """
    name, password = place.beside(f"restore_{secrets.token_hex(4)}").name, secrets.token_urlsafe(24)
    role = f'"{name}"'
    try:
        # Until the role has rights, another run would take it for what a killed one has left.
        with lock("role for dumps", wait=_WAIT):
            _drop_left(place)
            _make(place, name, password)
            server = _let_fill(place, role)
        options = {
            key: value
            for key, value in place.settings.get("OPTIONS", {}).items()
            if key not in ("assume_role", "service")  # whose password goes before this role's
        }
        plain = {
            "ENGINE": "django.db.backends.postgresql",
            "USER": name,
            "PASSWORD": password,
            "OPTIONS": options,
        }
        yield replace(place, settings={**place.settings, **server, **plain})
    finally:
        with suppress(Error), place.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"REASSIGN OWNED BY {role} TO CURRENT_USER")
            cursor.execute(f"DROP OWNED BY {role}")
        with suppress(Error), place.server() as cursor:
            cursor.execute(f"DROP ROLE {role}")


def _make(place: Place, name: str, password: str) -> None:
    """Makes the role. Raises what ``restricted`` raises."""
    try:
        with place.server() as cursor:
            # Composed here, for no parameter can stand in this statement where the server binds them.
            operations: Any = cursor.db.ops
            made = operations.compose_sql(f'CREATE ROLE "{name}" {_PLAIN} PASSWORD %s', [password])
            cursor.execute(made)
            cursor.execute(f'GRANT "{name}" TO CURRENT_USER')
    except Error as error:
        user = place.settings["USER"]
        raise ProvisioningError(
            "A dump is loaded with a role that may fill the new database only, and it can't be made: "
            f"{sentence(error, password)}. Run as an administrator: ALTER ROLE {user} CREATEROLE."
        ) from error


def _let_fill(place: Place, role: str) -> dict[str, str]:
    """Gives the role its rights, and returns where the server is that has it."""
    with place.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"GRANT CREATE, CONNECT, TEMPORARY ON DATABASE {place.quoted()} TO {role}")
        cursor.execute(f"GRANT ALL ON SCHEMA public TO {role}")
        opened: Any = connection.connection.info
        return {"HOST": opened.host, "PORT": str(opened.port)}


def _drop_left(place: Place) -> None:
    """Drops the roles of runs that were killed; those of others that are at work still have rights, and stay."""
    with suppress(Error), place.server() as cursor:
        start = place.beside("restore_").name
        cursor.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [start])
        for (name,) in cursor.fetchall():
            _drop(cursor, name)


def _drop(cursor: CursorWrapper, name: str) -> None:
    with suppress(Error):
        cursor.execute(f"""DROP ROLE "{name.replace('"', '""')}" """)
