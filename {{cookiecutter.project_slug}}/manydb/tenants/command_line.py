"""Commands and tenants: ``--database NEWCO`` for any tenant of the catalog, with that tenant active.

Commands declare all of ``connections`` as the choices of that option; walking it gives the listed ones only.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

from manydb.core import commands
from manydb.core.placement import shared_alias
from manydb.core.routing import facts
from manydb.core.rules import leaving_alone
from manydb.patches.command_options import take_any_alias
from manydb.patches.server_cursors import is_test_database
from manydb.tenants.context import current_tenant, tenant_context


def install() -> None:
    """Called when the app is ready."""
    take_any_alias(lambda alias: alias in connections.settings)
    commands.surround_database(tenant_of_option)
    for name in ("flush", "sqlflush"):
        commands.surround(commands.CORE + name, keep_catalog)


def tenant_of_option(alias: str) -> AbstractContextManager[Any]:
    """Makes the tenant of ``--database`` the active one, unless one is active: as with ``tenant_command``."""
    tenant = facts(alias).get("TENANT")
    return tenant_context(tenant) if tenant and current_tenant() is None else nullcontext()


def keep_catalog(command: BaseCommand, options: dict[str, Any]) -> AbstractContextManager[Any]:
    """Has ``flush`` leave the catalog as it is: without its row a tenant is not found any more."""
    alias = options["database"]
    if alias != shared_alias() or is_test_database(connections[alias]):
        return nullcontext()
    commands.say(command, options, "The catalog of tenants is kept; drop_tenant removes a tenant.")
    return leaving_alone("manydb_tenants")
