"""The list of a legacy table in the admin."""

from typing import Any

from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import ORDER_VAR
from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from manydb.core.paging import CountlessChangeList
from manydb.legacy.admin.display import IN_A_LIST, Shown, beginning, key_of
from manydb.legacy.admin.shapes import as_text, key_fields, start_of, without_long
from manydb.legacy.keyless import KeylessModel
from manydb.legacy.statistics import Size


class LegacyChangeList(CountlessChangeList):
    """Links to rows by keys of any kind, and sorts a large table by its indexes only."""

    model_admin: Any  # a LegacyAdmin

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: Any = None
    ) -> models.QuerySet[Any]:
        self.search = self.model_admin.search(request)
        self.search_help_text = self.search.help
        queryset = super().get_queryset(request, exclude_parameters)
        ours = [column.field for column in self.list_display if isinstance(column, Shown)]
        return queryset if len(ours) < len(self.list_display) else only_shown(queryset, ours)

    def get_ordering_field(self, field_name: Any) -> Any:
        # Django asks what may be sorted for the headers that it makes, not for what a URL says.
        if field_name not in (self.sortable_by or ()):
            return None
        field = getattr(field_name, "field", None)
        is_text = isinstance(field, models.TextField | models.JSONField)
        if is_text and not self.search.is_large:
            return as_text(field)  # PostgreSQL sorts neither XML nor JSON
        return super().get_ordering_field(field_name)

    def get_ordering(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> list[Any]:
        ordering = super().get_ordering(request, queryset)
        if issubclass(self.model, KeylessModel) and ordering[-1:] in (["pk"], ["-pk"]):
            return ordering[:-1]  # Django adds the key; this one only stands in for one
        return ordering

    @property
    def size(self) -> Size | None:
        """Of the whole table, where the list is of all of it."""
        return None if self.params else self.search.size

    @property
    def further(self) -> str | None:
        """The address of what follows the last page: rows found by their key, not by their number."""
        is_by_number = ORDER_VAR in self.params or len(key_fields(self.model)) > 1
        if is_by_number or issubclass(self.model, KeylessModel) or not self.result_list:
            return None
        last = self.result_list[-1]
        if isinstance(last.pk, dict | list):
            return None  # JSON has no address
        return self.get_query_string({f"{self.pk_attname}__gt": key_of(last)})

    def url_for_result(self, result: models.Model) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[quote(key_of(result))])


def only_shown(queryset: models.QuerySet[Any], fields: list[Any]) -> models.QuerySet[Any]:
    """What a list shows and no more: of texts the beginning, each relation in one query for all rows."""
    texts = [field for field in fields if isinstance(field, models.TextField)]
    starts = {beginning(field): start_of(field, IN_A_LIST + 1) for field in texts}
    key = key_fields(queryset.model)
    related = [
        models.Prefetch(field.name, without_long(field.related_model))
        for field in fields
        if field.is_relation
    ]
    return (
        queryset.annotate(**starts)
        .only(*(field.name for field in fields if field in key or field not in texts))
        .prefetch_related(*related)
    )
