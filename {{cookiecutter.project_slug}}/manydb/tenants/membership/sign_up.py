"""Makes members: who signs up on a tenant's host, and who a test logs in there."""

from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model, logout
from django.contrib.auth.signals import user_logged_in
from django.core.exceptions import ImproperlyConfigured
from django.db.models.signals import post_save
from django.utils.module_loading import import_string

from manydb.core.conf import conf
from manydb.core.exceptions import TenantRequired, UnknownDatabase
from manydb.tenants import catalog
from manydb.tenants.context import current_tenant
from manydb.tenants.membership.admission import (
    door,
    guarded_tenant,
    remember,
    was_admitted,
)
from manydb.tenants.membership.rule import APP, is_kept
from manydb.tenants.models import Tenant


def make_member(user: Any, tenant: str | None = None) -> None:
    """Lets a user enter a tenant, the active one if none is named.

    Raises:
        TenantRequired: no tenant is active, and none is named.
        ImproperlyConfigured: INSTALLED_APPS lacks the app of members.
        UnknownDatabase: there is no such tenant.
    """
    if (name := tenant or current_tenant()) is None:
        raise TenantRequired(
            'make_member() needs a tenant: enter tenant_context("<name>"), or name one.'
        )
    if not is_kept():
        raise ImproperlyConfigured(
            f'make_member() needs a table of members. Add "{APP}" to INSTALLED_APPS.'
        )
    rows = apps.get_model("manydb_membership", "Membership")._default_manager
    rows.get_or_create(user_id=user.pk, tenant=_row(name))


def _row(name: str) -> Tenant:
    """The row of a tenant. One of TENANTS without a row gets one."""
    if (record := catalog.find(name)) is None:
        raise UnknownDatabase(f"There is no tenant {name!r}. Run list_tenants to see all tenants.")
    values = {"uuid": record.uuid, "database": record.database, "state": Tenant.State.READY}
    return Tenant.objects.get_or_create(name=name, defaults=values)[0]


def join(user: Any, tenant: str) -> None:
    """The default of TENANT_SIGN_UP: who is created while a tenant is active is its member.

    Where the project has a rule of its own, and no app of members, nothing is done.
    """
    if is_kept():
        make_member(user, tenant)
        remember(user, tenant)


def _created(instance: Any, created: bool, raw: bool, **kwargs: Any) -> None:
    if not created or raw or conf.TENANT_SIGN_UP is None:
        return
    if (tenant := guarded_tenant()) is not None:
        import_string(conf.TENANT_SIGN_UP)(instance, tenant)


def _logged_in(request: Any, user: Any, **kwargs: Any) -> None:
    """Looks at users whom no backend has returned: ``login()`` takes any, after a password reset for example."""
    if (tenant := guarded_tenant()) is None or was_admitted(user, tenant):
        return
    # The request of a test client's force_login(): no server makes one without a method.
    if request is not None and request.method is None and not getattr(user, "is_superuser", False):
        join(user, tenant)
    with door.asking():
        if door.admits(user) or request is None:
            return
    logout(request)


def install() -> None:
    """Connects the two, once; called when the app is ready."""
    users = get_user_model()
    for model in apps.get_models():
        if issubclass(model, users):  # a proxy sends the signal in its own name
            post_save.connect(_created, sender=model, dispatch_uid=f"{__name__}.{model.__name__}")
    user_logged_in.connect(_logged_in, dispatch_uid=f"{__name__}.logged_in")
