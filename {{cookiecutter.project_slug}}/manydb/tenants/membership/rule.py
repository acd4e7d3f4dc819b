"""The rule that says which users may enter a tenant: TENANT_MEMBERSHIP_RULE, or the one here.

A rule takes the name of a tenant and returns a condition on users, a ``Q`` or an expression such as ``Exists``. It is
a part of the query that fetches the user.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, CharField, Exists, F, Func, OuterRef, Q, Value
from django.utils.module_loading import import_string

from manydb.core.conf import conf

if TYPE_CHECKING:
    from django.db.models.sql.compiler import SQLCompiler

_NAMES: Any = CharField()
APP = "manydb.tenants.membership"
OWN_RULE = f"{__name__}.members_of"


def is_kept() -> bool:
    """Whether INSTALLED_APPS has the app with the table of members."""
    return apps.is_installed(APP)


class HasRow(Func):
    """Whether a user has a row of ``Membership`` for a tenant.

    It is ``Exists(Membership.objects.filter(user=OuterRef("pk"), tenant__name=tenant))``, which took three times as
    long as all else that fetches a user, for each request.
    """

    output_field = BooleanField()

    def __init__(self, user: Any, tenant: Any) -> None:
        super().__init__(user, tenant)

    def as_sql(  # type: ignore[override]
        self, compiler: "SQLCompiler", connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, Any]:
        key, named = (compiler.compile(each) for each in self.get_source_expressions())
        sql = _text(connection.vendor, connection.ops.quote_name)
        return sql % (key[0], named[0]), (*key[1], *named[1])


_texts: dict[str, str] = {}


def _text(vendor: str, quoted: Callable[[str], str]) -> str:
    """The SQL with a place for the user's key and one for the tenant's name. Each request of a user needs it."""
    found = _texts.get(vendor)
    if found is None:
        rows: Any = apps.get_model("manydb_membership", "Membership")._meta
        user, tenant = rows.get_field("user"), rows.get_field("tenant")
        tenants = tenant.related_model._meta
        names = (
            rows.db_table,
            tenant.column,
            tenants.pk.column,
            tenants.get_field("name").column,
            user.column,
            tenants.db_table,
        )
        table, of_tenant, id_, name, of_user, other = (
            quoted(each).replace("%", "%%") for each in names
        )
        found = _texts[vendor] = (  # names alone
            f"EXISTS(SELECT 1 FROM {table} INNER JOIN {other} ON {table}.{of_tenant} = {other}.{id_} "  # noqa: S608
            f"WHERE {table}.{of_user} = %s AND {other}.{name} = %s)"
        )
    return found


def members_of(tenant: str) -> HasRow:
    """Users who have a row of ``Membership`` for this tenant.

    Raises:
        ImproperlyConfigured: INSTALLED_APPS lacks the app.
    """
    return has_row(Value(tenant, output_field=_NAMES))


def has_row(tenant: Any) -> HasRow:
    """Users who have a row for the tenant whose name an expression says.

    Raises:
        ImproperlyConfigured: INSTALLED_APPS lacks the app.
    """
    if not is_kept():
        raise ImproperlyConfigured(
            f'TENANT_MEMBERSHIP needs a table of members. Add "{APP}" to INSTALLED_APPS.'
        )
    return HasRow(F("pk"), tenant)


def condition(tenant: str) -> Any:
    """The project's rule, as an expression that is true or false for each user."""
    rule = import_string(conf.TENANT_MEMBERSHIP_RULE)(tenant)
    if not isinstance(rule, Q):
        return rule
    # A relation to many rows would give the user several times.
    users = get_user_model()._base_manager
    return Exists(users.filter(rule, pk=OuterRef("pk")))
