"""The admin on several databases, which Django leaves to the project (topics/db/multi-db)."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import router, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

from manydb.core.admin_log import LogOfOneTenant
from manydb.core.exceptions import DatabaseRequired
from manydb.core.hosts import tenant_of
from manydb.core.paging import CountlessChangeList, CountlessPaginator
from manydb.core.references import DatabaseReference
from manydb.core.routing import PER_TENANT, alias_of_tenant, facts, home_of


class DatabaseAdmin(LogOfOneTenant):
    """A model admin that reads and writes the database of its model.

    A tenant's model is shown on its tenant's host, ``acme.<BASE_DOMAIN>/admin/``, and on no other. It
    can be changed there if the router finds the tenant by itself. Otherwise it is shown read-only,
    since Django's form validation asks the router without saying which database the form is for.
    """

    # Counting a legacy table of millions of rows takes longer than the page.
    paginator = CountlessPaginator
    change_list_template = "admin/countless_change_list.html"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def database(self, request: HttpRequest) -> str | None:
        """The alias that this request works on, or None if the host is no tenant's."""
        home = home_of(self.model)
        if home != PER_TENANT:
            return home
        tenant = tenant_of(request)
        return alias_of_tenant(tenant) if tenant else None

    def may_write(self, request: HttpRequest) -> bool:
        """Whether forms can write here: the router finds the database, which is not a read-only one."""
        try:
            alias = router.db_for_write(self.model)
        except DatabaseRequired:
            return False
        return alias == self.database(request) and not facts(alias or "").get("READ_ONLY")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CountlessChangeList

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.database(request) is not None and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.database(request) is not None and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_write(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_write(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_write(request) and super().has_delete_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        alias = self.database(request)
        if alias is None:
            nothing: QuerySet[Any] = self.model._base_manager.none()
            return nothing
        # Django selects foreign keys of the list with a join, and knows nothing of references.
        shown = (name for name in self.get_list_display(request) if name in self._references)
        rows: QuerySet[Any] = super().get_queryset(request).using(alias)
        return rows.prefetch_related(*shown)

    @cached_property
    def _references(self) -> set[str]:
        fields = self.model._meta.fields
        return {field.name for field in fields if isinstance(field, DatabaseReference)}

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        obj.save(using=self.database(request))

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        obj.delete(using=self.database(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        queryset.using(self.database(request)).delete()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_foreignkey(
            db_field, request, using=self.database(request), **kwargs
        )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(
            db_field, request, using=self.database(request), **kwargs
        )

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._refuse_post(request)
        return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._refuse_post(request)
        # Django logs first: what this database then refuses must not be in the log, which is in another.
        with transaction.atomic(using=router.db_for_write(LogEntry)):
            return super().delete_view(request, *args, **kwargs)

    def _refuse_post(self, request: HttpRequest) -> None:
        # Django opens its transaction where the router writes the model, before it asks for permission.
        if request.method == "POST" and not self.may_write(request):
            raise PermissionDenied
