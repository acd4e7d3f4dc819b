"""Receivers of ``post_migrate`` that ask for rows of tenants while a shared database is migrated.

Packages write them for one database, and ignore ``using``. They run for each tenant's database too, with that tenant
active: there they find what they look for.

Where accounts are each tenant's, no tenant's database has permissions and content types of the catalog. A form
of its admin would offer them, and they would give nothing.
"""

import logging
from typing import Any

from manydb.core.exceptions import TenantRequired
from manydb.core.log_once import warn_once
from manydb.core.routing import facts
from manydb.patches import migration_signals
from manydb.tenants.models import Tenant

# Of permissions, which first makes content types, and of content types.
_MAKERS = {"django.contrib.auth.management", "django.contrib.contenttypes.management"}
_logger = logging.getLogger(__name__)


def install() -> None:
    """Leaves such receivers to the tenants."""
    migration_signals.PATCH.verify()
    migration_signals.forgive_receivers(TenantRequired, _is_left_to_tenants, _is_about_the_catalog)


def _is_about_the_catalog(receiver: Any, app: Any, alias: str) -> bool:
    return (
        getattr(app, "label", "") == Tenant._meta.app_label
        and getattr(receiver, "__module__", "") in _MAKERS
        and bool(facts(alias).get("TENANT"))
    )


def _is_left_to_tenants(receiver: Any, alias: str, error: Exception) -> bool:
    known = facts(alias)
    if not known or known.get("TENANT"):
        return False
    name = getattr(receiver, "__qualname__", type(receiver).__qualname__)
    warn_once(
        _logger,
        "%s asked for rows of tenants while %s was migrated and was stopped there. It runs for each tenant that is "
        "migrated. If it fills shared tables too, let it do that first.",
        f"{getattr(receiver, '__module__', '')}.{name}",
        alias,
    )
    return True
