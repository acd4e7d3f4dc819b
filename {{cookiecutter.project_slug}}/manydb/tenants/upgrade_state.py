"""Says how many tenants' databases are behind the code, as the catalog knows it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags
from django.db import Error, connections

from manydb.core.disk_migrations import fingerprint
from manydb.core.findings import Warning
from manydb.core.late_checks import register
from manydb.core.placement import shared_alias
from manydb.tenants.models import Tenant


@register(Tags.database)
def check_tenants(
    app_configs: Sequence[AppConfig] | None, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """manydb.W222: tenants' databases have other migrations than this code."""
    if shared_alias() not in (databases or ()):
        return []
    try:
        if Tenant._meta.db_table not in connections[shared_alias()].introspection.table_names():
            return []
        rows = Tenant.objects.using(shared_alias()).filter(state__in=["ready", "suspended"])
        total, behind = rows.count(), rows.exclude(fingerprint=fingerprint())
        if not (number := behind.count()):
            return []
        first = behind.order_by("name").values_list("name", flat=True)[0]
    except Error:  # columns of an older or a newer version, which manydb.E016 and W017 name
        return []
    return [
        Warning(
            f"{number} of {total} tenants have other migrations than this code, such as {first!r}.",
            hint="Run python manage.py migrate_databases; migrate_databases --check asks their databases.",
            id="manydb.W222",
        )
    ]
