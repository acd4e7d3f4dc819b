"""The routers, and what a router of one's own is written with: where a model lives, where an object came from.

The names of ``manydb.replicas`` and ``manydb.tenants`` are imported when they are asked for, so that a
router of a project without these apps needs neither.
"""

from typing import TYPE_CHECKING

from manydb.core.db_router import DBRouter
from manydb.core.later import later
from manydb.core.placement import shared_alias
from manydb.core.routing import (
    alias_of_tenant,
    facts,
    home_of,
    lives_in_tenants,
    origin,
    primary_for,
    primary_of,
)
from manydb.core.rules import may_migrate, may_relate

if TYPE_CHECKING:
    from manydb.replicas import replica_or_primary
    from manydb.replicas.replica_router import ReplicaRouter
    from manydb.tenants.context import active_alias
    from manydb.tenants.guard import (
        are_of_one_tenant,
        primary_for_tenant,
        refuse_object,
        tenant_required,
    )
    from manydb.tenants.tenant_router import TenantRouter

__all__ = [
    "DBRouter",
    "ReplicaRouter",
    "TenantRouter",
    "active_alias",
    "alias_of_tenant",
    "are_of_one_tenant",
    "facts",
    "home_of",
    "lives_in_tenants",
    "may_migrate",
    "may_relate",
    "origin",
    "primary_for",
    "primary_for_tenant",
    "primary_of",
    "refuse_object",
    "replica_or_primary",
    "shared_alias",
    "tenant_required",
]

__getattr__ = later(
    __name__,
    {
        "ReplicaRouter": "manydb.replicas.replica_router",
        "TenantRouter": "manydb.tenants.tenant_router",
        "active_alias": "manydb.tenants.context",
        "are_of_one_tenant": "manydb.tenants.guard",
        "primary_for_tenant": "manydb.tenants.guard",
        "refuse_object": "manydb.tenants.guard",
        "replica_or_primary": "manydb.replicas",
        "tenant_required": "manydb.tenants.guard",
    },
)
