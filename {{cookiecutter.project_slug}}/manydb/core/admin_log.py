"""What was done in the admin to a tenant's object is in that tenant's history only.

The log is in ``default``, for all. It names an object by its model and key, which another tenant's object
has as well; so the tenant's UUID stands before the key.
"""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote, unquote
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from manydb.core.ownership import ownership
from manydb.core.routing import PER_TENANT, home_of


class LogOfOneTenant(admin.ModelAdmin):  # type: ignore[type-arg]
    """A model admin that logs a tenant's objects, and finds them again, by tenant and key."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return super().log_addition(request, self._named(obj), message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return super().log_change(request, self._named(obj), message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        named: Any = [self._named(obj) for obj in queryset]
        return super().log_deletions(request, named)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        logged = quote(self._mark() + unquote(object_id))
        return super().history_view(request, logged, extra_context)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Model | None:
        """By its key, or as it is logged: the log's links lead to it on its own tenant's host only."""
        found: Model | None = super().get_object(request, object_id, from_field)
        mark = self._mark()
        if found is None and mark and object_id.startswith(mark):
            found = super().get_object(request, object_id.removeprefix(mark), from_field)
        return found

    def _named(self, obj: Any) -> Any:
        mark = self._mark()
        return _Logged(obj, mark) if mark else obj

    def _mark(self) -> str:
        if home_of(self.model) != PER_TENANT or home_of(LogEntry) == PER_TENANT:
            return ""
        owner = ownership().active()
        return f"{owner}:" if owner else ""


class _Logged:
    """Stands for an object in the log, which asks for its model, its key and its text."""

    def __init__(self, obj: Model, mark: str) -> None:
        self._meta = obj._meta
        self.pk = f"{mark}{obj.pk}"
        self.text = str(obj)

    def __str__(self) -> str:
        return self.text
