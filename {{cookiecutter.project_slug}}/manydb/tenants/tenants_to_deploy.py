"""What ``deploy_databases`` learns of tenants from the catalog, and how it makes those that TENANTS lists."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connections
from django.db.backends.utils import CursorWrapper

from manydb.core.conf import conf
from manydb.core.direct import direct_entry
from manydb.core.placement import shared_alias
from manydb.fleet.deployment.tenancy import Tenancy, TenantPlace
from manydb.fleet.tenant_logins import has_accounts
from manydb.tenants.lifecycle.catalog_rows import SERVED, existing, tenant_lock
from manydb.tenants.lifecycle.creation import create_listed
from manydb.tenants.lifecycle.rotation import give_account
from manydb.tenants.models import Tenant, Tombstone
from manydb.tenants.records import all_listed, template_record
from manydb.tenants.servers import entries


class CatalogTenancy(Tenancy):
    """Tenants of the catalog. Its rows are read by the administrator, whose account is there before the others."""

    has_catalog = True

    @property
    def has_accounts(self) -> bool:
        return has_accounts(connections.settings[shared_alias()])

    def servers(self) -> Mapping[str, tuple[dict[str, Any], list[dict[str, Any]]]]:
        found = {}
        for key in conf.TENANT_SERVERS:
            record = template_record()._replace(server=key)
            primary, *replicas = entries(record, connections.settings.connect).values()  # type: ignore[attr-defined]
            found[key] = direct_entry(primary), replicas
        return found

    def places(self, catalog: CursorWrapper | None) -> list[TenantPlace]:
        listed = all_listed()
        own = getattr(
            connections.settings, "own", {}
        )  # databases that were there, and have their own names
        rows = [
            *_rows(
                catalog,
                Tenant,
                "name",
                "server",
                "database",
                "state",
                "command",
                "adopted",
                "uuid",
                "account",
            )
        ]
        places = [
            TenantPlace(
                name,
                server,
                database,
                str(identity),
                is_made=True,
                is_settled=state in SERVED,
                is_adopted=database == adopted,
                is_begun=name in listed
                and (state, command) == (Tenant.State.CREATING, Tenant.Command.CREATE),
                account=account,
            )
            for name, server, database, state, command, adopted, identity, account in rows
        ]
        buried = {name for (name,) in _rows(catalog, Tombstone, "name")}
        known = {place.name for place in places}
        for name, record in listed.items():
            if name not in known:
                identity = "" if name in buried else record.uuid
                places.append(TenantPlace(name, "", record.database, identity, is_made=False))
        return [place for place in places if place.name.upper() not in own]

    def make(self, name: str) -> None:
        create_listed(name)

    def claim(self, name: str) -> None:
        with tenant_lock(name):
            existing(name)
        if self.has_accounts:
            give_account(name)

    def give_account(self, name: str) -> None:
        give_account(name)


def _rows(catalog: CursorWrapper | None, model: Any, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Yields these columns of a table of the catalog, if it is there: the code may be newer than the tables."""
    table = model._meta.db_table
    if catalog is None or table not in catalog.db.introspection.table_names(catalog):
        return
    quote = catalog.db.ops.quote_name
    catalog.execute(f"SELECT {', '.join(map(quote, columns))} FROM {quote(table)}")  # noqa: S608
    yield from catalog.fetchall()
