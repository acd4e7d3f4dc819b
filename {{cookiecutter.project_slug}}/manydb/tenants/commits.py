"""What ``on_commit()`` was given runs with the tenant that was active then, on whichever database.

The commit may come when the tenant's context has ended, or inside another tenant's.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.patches.commit_hooks import change_hooks
from manydb.tenants.context import keeping_tenant


@receiver(connection_created)
def keep_tenants(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    change_hooks(connection, keeping_tenant)
