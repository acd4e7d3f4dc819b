"""django-auditlog's table names a tenant's row by its tenant and its key, where the table is for all tenants.

Its entries have an object's model and key, which another tenant's object has as well. The package has no setting for
that. Its manager asks one method, which is not documented, for the key of an object. With the tenant before it the
key is text, and is kept and looked up as text. What asks for several objects, or for a model, has no key to ask
for. No ticket known.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import Model, QuerySet

from manydb.patches import Patch, is_ours, ours, takes, uses

# The mark of a model's rows, or of one of them; "" for what is no tenant's.
MarkOf = Callable[[type[Model], Model | None], str]


def install(mark_of: MarkOf) -> None:
    """Makes the changes, once."""
    from auditlog.models import LogEntryManager

    PATCH.verify()
    manager: Any = LogEntryManager
    if is_ours(manager._get_pk_value):
        return
    manager._get_pk_value = ours(_of_object(manager._get_pk_value, mark_of))
    manager.get_for_objects = _of_objects(manager.get_for_objects, mark_of)
    manager.get_for_model = _of_model(manager.get_for_model, mark_of)


def _of_object(original: Callable[..., Any], mark_of: MarkOf) -> Callable[..., Any]:
    @wraps(original)
    def get_pk_value(self: Any, instance: Model) -> Any:
        key, mark = original(self, instance), mark_of(type(instance), instance)
        return f"{mark}{key}" if mark else key

    return get_pk_value


def _of_objects(original: Callable[..., Any], mark_of: MarkOf) -> Callable[..., Any]:
    @wraps(original)
    def get_for_objects(self: Any, queryset: Any) -> Any:
        mark = mark_of(queryset.model, None) if isinstance(queryset, QuerySet) else ""
        if not mark:
            return original(self, queryset)
        keys = [f"{mark}{key}" for key in queryset.values_list("pk", flat=True)]
        return self.get_for_model(queryset.model).filter(object_pk__in=keys)

    return get_for_objects


def _of_model(original: Callable[..., Any], mark_of: MarkOf) -> Callable[..., Any]:
    @wraps(original)
    def get_for_model(self: Any, model: Any) -> Any:
        entries = original(self, model)
        mark = mark_of(model, None) if issubclass(model, Model) else ""
        return entries.filter(object_pk__startswith=mark) if mark else entries

    return get_for_model


def _expects() -> None:
    from auditlog import models

    manager: Any = models.LogEntryManager
    takes(manager._get_pk_value, "self", "instance")
    takes(manager.get_for_objects, "self", "queryset")
    takes(manager.get_for_model, "self", "model")
    for name in ("log_create", "log_m2m_changes", "get_for_object"):
        uses(getattr(manager, name), "_get_pk_value")


PATCH = Patch("auditlog_keys", tried=("3.4",), expects=_expects, of="django-auditlog")
