"""Tenants that the catalog would serve, and whose database is not on its server."""

from contextlib import suppress

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connections

from manydb.core.conf import conf
from manydb.tenants.lifecycle.engines import engine_of
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.records import TenantRecord, template_record


class LostDatabases:
    """``record in LostDatabases()``: the tenant is ready and has no database. Each server is asked once.

    A server that does not answer says nothing about its tenants.
    """

    def __init__(self) -> None:
        self._names: dict[str, frozenset[str] | None] = {}  # of the databases on each server

    def __contains__(self, record: TenantRecord) -> bool:
        own = getattr(connections.settings, "own", {})  # which TENANTS places elsewhere
        if record.state != "ready" or record.alias in own or conf.TENANTS_ALWAYS_READY:
            return False
        if record.server not in self._names:
            self._names[record.server] = _names_on(record.server)
        names = self._names[record.server]
        return names is not None and record.database not in names


def _names_on(server: str) -> frozenset[str] | None:
    with suppress(Error, OSError, ProvisioningError, ImproperlyConfigured):
        place = Place.of(template_record()._replace(server=server))
        return frozenset(engine_of(place).names(place, ""))
    return None
