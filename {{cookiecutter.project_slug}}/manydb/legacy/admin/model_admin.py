"""What the admin lists and shows of a legacy model, and what may be changed."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.db import models
from django.http import HttpRequest

from manydb.legacy.admin.display import IN_A_LIST, ON_A_PAGE, Shown
from manydb.legacy.admin.filters import IsThere, leads_to_bytes
from manydb.legacy.admin.forms import LegacyForm
from manydb.legacy.admin.listing import LegacyChangeList
from manydb.legacy.admin.messages import SaysErrors
from manydb.legacy.admin.search import Search
from manydb.legacy.admin.shapes import columns_of, is_binary, is_editable, is_long, key_fields
from manydb.legacy.keyless import KeylessModel

COLUMNS = 7  # of a list


class LegacyAdmin(SaysErrors):
    """Lists and shows the rows of one table; changes them where its database and its key allow it.

    A row with a composite key is shown, and not changed. A row without a key has no page of its own.
    """

    actions = None  # "delete selected" would be one click away
    change_form_template = "admin/legacy_change_form.html"
    form = LegacyForm

    def __init__(self, model: type[models.Model], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        fields = columns_of(model)
        self.key = key_fields(model)
        self.is_keyless = issubclass(model, KeylessModel)
        self.on_page = {field: Shown(field, ON_A_PAGE, linked=True) for field in fields}
        # A row without a page shows in its list what it has, but for files.
        is_hidden = is_binary if self.is_keyless else is_long
        others = [field for field in fields if field not in self.key and not is_hidden(field)]
        listed = [*self.key, *others][: None if self.is_keyless else COLUMNS]
        if self.list_display == ("__str__",):
            self.list_display = [Shown(field, IN_A_LIST) for field in listed]

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        return None if self.is_keyless else super().get_list_display_links(request, list_display)

    def get_ordering(self, request: HttpRequest) -> Any:
        # The key's column: the name of a relation would sort by the order of the other table.
        by_key = () if self.is_keyless else (self.model._meta.pk.attname,)
        return super().get_ordering(request) or by_key

    def may_write(self, request: HttpRequest) -> bool:
        has_simple_key = len(self.key) == 1 and not self.is_keyless
        return has_simple_key and super().may_write(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LegacyChangeList

    def search(self, request: HttpRequest) -> Search:
        """What can be searched in the database of this request, asked once."""
        asked: dict[Any, Search] = vars(request).setdefault("legacy_search", {})
        if self.model not in asked:
            asked[self.model] = Search(self.model, self.database(request) or "")
        return asked[self.model]

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [
            (each, IsThere) if isinstance(each, str) and leads_to_bytes(self.model, each) else each
            for each in super().get_list_filter(request)
        ]

    def get_search_fields(self, request: HttpRequest) -> Any:
        return self.search_fields or [field.name for field in self.search(request).fields]

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        if self.search_fields:
            return super().get_search_results(request, queryset, search_term)
        return self.search(request).narrow(queryset, search_term), False

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """A large table only by its indexes: to sort by anything else, the server reads it all."""
        search = self.search(request)
        if self.sortable_by is not None or not search.is_large:
            return super().get_sortable_by(request)
        names = {field.name for field in search.exact}
        columns = self.get_list_display(request)
        return [column for column in columns if getattr(column, "__name__", column) in names]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """An input for the key, as a list of all rows to choose from may be too long."""
        alias = self.database(request)
        widget = ForeignKeyRawIdWidget(db_field.remote_field, self.admin_site, using=alias)
        return super().formfield_for_foreignkey(db_field, request, **{"widget": widget} | kwargs)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        """Every column in the table's order; as text what no form can or may change."""
        may_write = self.may_write(request)
        return [
            field.name if may_write and is_editable(field, obj) else shown
            for field, shown in self.on_page.items()
        ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> list[Any]:
        return [field for field in self.get_fields(request, obj) if not isinstance(field, str)]

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> models.Model | None:
        try:
            return None if self.is_keyless else super().get_object(request, object_id, from_field)
        except (TypeError, OverflowError):
            return None  # no key of this table
