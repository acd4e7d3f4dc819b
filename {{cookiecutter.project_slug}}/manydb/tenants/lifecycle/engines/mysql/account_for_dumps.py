"""An account for loading a dump, which may fill one database and see no other.

A dump is SQL, and a forged one may hold any. What it may do is decided by the server, by the rights of the account
that runs it: it makes tables in the new database. It reads no other one, and makes no code.

Sources: MySQL manual and MariaDB, GRANT: ``_`` and ``%`` in a database's name are wildcards unless they are escaped.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.db import Error

from manydb.core.routing import prefix
from manydb.fleet.deployment.mysql import only
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.places import Place

_RIGHTS = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES"


@contextmanager
def restricted(place: Place) -> Iterator[Place]:
    """Yields the database with an account that is made for the block.

    Raises:
        ProvisioningError: the project's account can't make one.
    """
    name, password = f"r_{secrets.token_hex(8)}", secrets.token_urlsafe(24)
    with place.server() as cursor:
        cursor.execute("SELECT CURRENT_USER()")
        user, _, host = str(cursor.fetchone()[0]).rpartition("@")
    account = [name, host]
    try:
        try:
            with place.server() as cursor:
                cursor.execute("CREATE USER %s@%s IDENTIFIED BY %s", [*account, password])
                cursor.execute(f"GRANT {_RIGHTS} ON {only(place.name)}.* TO %s@%s", account)
        except Error as error:
            ours = only(prefix()).replace("%%", "%")[:-1] + "%`"
            raise ProvisioningError(
                "A dump is loaded with an account that may fill the new database only, and it can't be made: "
                f"{sentence(error, password)}. Run as an administrator: GRANT CREATE USER ON *.* TO "
                f"'{user}'@'{host}'; GRANT {_RIGHTS} ON {ours}.* TO '{user}'@'{host}' WITH GRANT OPTION."
            ) from error
        with _options(place, password) as options:
            plain = {"ENGINE": "django.db.backends.mysql", "USER": name, "PASSWORD": password}
            yield replace(place, settings={**place.settings, **plain, "OPTIONS": options})
    finally:
        with suppress(Error), place.server() as cursor:
            cursor.execute("DROP USER IF EXISTS %s@%s", account)


@contextmanager
def _options(place: Place, password: str) -> Iterator[dict[str, Any]]:
    """Yields the OPTIONS for the account: the password in a file of options wins over the one in the environment."""
    options = dict(place.settings.get("OPTIONS") or {})
    if not options.get("read_default_file"):
        yield options
        return
    with NamedTemporaryFile("w", suffix=".cnf") as file:  # only its owner may read it
        shared = Path(options["read_default_file"]).expanduser().absolute()
        file.write(f"!include {shared}\n[client]\npassword={password}\n")
        file.flush()
        yield options | {"read_default_file": file.name}
