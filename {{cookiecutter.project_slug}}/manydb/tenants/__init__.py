"""One database per tenant: which tenant is active, and that nothing reaches another's data.

The public names are imported when they are asked for, because settings and ``INSTALLED_APPS`` import this
package before Django's apps are ready.
"""

from typing import TYPE_CHECKING

from manydb.core.later import later

if TYPE_CHECKING:
    from manydb.tenants.context import current_tenant, tenant_atomic, tenant_context
    from manydb.tenants.envelope import for_every_tenant
    from manydb.tenants.membership.admission import admitted, is_member
    from manydb.tenants.membership.sign_up import make_member

__all__ = [
    "admitted",
    "current_tenant",
    "for_every_tenant",
    "is_member",
    "make_member",
    "tenant_atomic",
    "tenant_context",
]

__getattr__ = later(
    __name__,
    {
        "admitted": "manydb.tenants.membership.admission",
        "current_tenant": "manydb.tenants.context",
        "for_every_tenant": "manydb.tenants.envelope",
        "is_member": "manydb.tenants.membership.admission",
        "make_member": "manydb.tenants.membership.sign_up",
        "tenant_atomic": "manydb.tenants.context",
        "tenant_context": "manydb.tenants.context",
    },
)
