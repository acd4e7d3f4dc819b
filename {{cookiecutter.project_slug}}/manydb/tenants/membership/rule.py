"""The rule that says which users may enter a tenant: TENANT_MEMBERSHIP_RULE, or the one here.

A rule takes the name of a tenant and returns a condition on users, a ``Q`` or an expression such as ``Exists``. It is
a part of the query that fetches the user.
"""

from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Exists, OuterRef, Q
from django.utils.module_loading import import_string

from manydb.core.conf import conf

APP = "manydb.tenants.membership"


def is_kept() -> bool:
    """Whether INSTALLED_APPS has the app with the table of members."""
    return apps.is_installed(APP)


def members_of(tenant: str) -> Exists:
    """Users who have a row of ``Membership`` for this tenant.

    Raises:
        ImproperlyConfigured: INSTALLED_APPS lacks the app.
    """
    if not is_kept():
        raise ImproperlyConfigured(f'TENANT_MEMBERSHIP needs "{APP}" in INSTALLED_APPS.')
    rows = apps.get_model("manydb_membership", "Membership")._default_manager
    return Exists(rows.filter(user=OuterRef("pk"), tenant__name=tenant))


def condition(tenant: str) -> Any:
    """The project's rule, as an expression that is true or false for each user."""
    rule = import_string(conf.TENANT_MEMBERSHIP_RULE)(tenant)
    if not isinstance(rule, Q):
        return rule
    # A relation to many rows would give the user several times.
    users = get_user_model()._base_manager
    return Exists(users.filter(rule, pk=OuterRef("pk")))
