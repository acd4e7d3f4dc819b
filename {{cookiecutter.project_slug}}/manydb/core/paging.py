"""Lists of rows that are never counted: a legacy table may hold millions of them."""

import copy
from datetime import UTC, date, datetime
from math import ceil
from typing import Any

from django.conf import settings
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import (
    EmptyPage,
    InvalidPage,
    Page,
    PageNotAnInteger,
    Paginator,
)
from django.db.models import DateTimeField, QuerySet
from django.http import HttpRequest


class CountlessPaginator(Paginator):  # type: ignore[type-arg]
    """Asks for one row more than a page holds: if it is there, there is a next page.

    The server reads all rows before a page to find it, so there is a last page that may be asked
    for. To get further: search, filter, or sort the other way.
    """

    last_page = 100
    known: int | None = None

    def __init__(self, object_list: Any, *args: Any, **kwargs: Any) -> None:
        # Django warns of a list without an order, and rows without a key have none that costs nothing.
        super().__init__((), *args, **kwargs)
        self.object_list = object_list

    @property
    def count(self) -> int:
        """How many rows are known to be there: up to one beyond the page that was asked for last."""
        if self.known is None:
            self.page(1)
        return self.known or 0

    @property
    def num_pages(self) -> int:
        return min(max(1, ceil(self.count / self.per_page)), self.last_page)

    def validate_number(self, number: Any) -> int:
        try:
            number = int(number)
        except (TypeError, ValueError) as error:
            raise PageNotAnInteger(self.error_messages["invalid_page"]) from error
        if not 1 <= number <= self.last_page:
            raise EmptyPage(self.error_messages["no_results"])
        return int(number)

    def page(self, number: Any) -> Page[Any]:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        if not rows and number > 1:
            raise EmptyPage(self.error_messages["no_results"])
        self.known = start + len(rows)
        return Page(rows[: self.per_page], number, self)


class CountlessChangeList(ChangeList):
    """The admin's list, of which only the rows of its page are asked for.

    Its numbers are those of ``CountlessPaginator``; ``is_complete`` says whether they are exact.
    """

    @property
    def dated(self) -> "CountlessChangeList":
        """The list for ``date_hierarchy``: without the first and last years, which another time zone may leave."""
        path = self.date_hierarchy
        is_moment = isinstance(get_fields_from_path(self.model, path)[-1], DateTimeField)
        first, end = date(2, 1, 1), date(9999, 1, 1)
        if is_moment:
            first, end = (
                datetime(day.year, 1, 1, tzinfo=UTC if settings.USE_TZ else None)
                for day in (first, end)
            )
        narrowed = copy.copy(self)
        narrowed.queryset = self.queryset.filter(**{f"{path}__gte": first, f"{path}__lt": end})
        return narrowed

    def get_filters(self, request: HttpRequest) -> Any:
        try:
            return super().get_filters(request)
        except (OverflowError, ValueError) as error:  # what follows the year 9999
            raise IncorrectLookupParameters from error

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Django adds ``-pk``; MySQL can use an index only if all of it goes the same way."""
        ordering = list(super().get_ordering(request, queryset))
        if ordering[-1:] == ["-pk"] and ordering[:-1] and not str(ordering[-2]).startswith("-"):
            ordering[-1] = "pk"
        return ordering

    def get_results(self, request: HttpRequest) -> None:
        paginator: Any = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        try:
            page = paginator.page(self.page_num)
        except InvalidPage as error:
            raise IncorrectLookupParameters from error
        self.paginator = paginator
        self.result_list = page.object_list
        self.result_count = paginator.count
        self.is_complete = paginator.count <= self.page_num * self.list_per_page
        # Django's search form says how many were found where these two differ.
        is_found = self.is_complete and self.params
        self.full_result_count = None if is_found else self.result_count
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = False
        self.multi_page = paginator.num_pages > 1
        self.is_last_page = self.page_num == paginator.last_page
        self.pages = list(paginator.get_elided_page_range(self.page_num))
