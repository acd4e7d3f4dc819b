"""Filters of a list in the admin that Django has none for."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.db import models
from django.http import HttpRequest

from manydb.legacy.admin.shapes import is_binary


class IsThere(admin.FieldListFilter):
    """Whether there is a value: bytes have no text that a link could ask for."""

    def __init__(
        self,
        field: Any,
        request: HttpRequest,
        params: dict[str, Any],
        model: type[models.Model],
        model_admin: Any,
        field_path: str,
    ) -> None:
        self.asked = f"{field_path}__isnull"
        super().__init__(field, request, params, model, model_admin, field_path)

    def expected_parameters(self) -> list[str | None]:
        return [self.asked]

    def choices(self, changelist: Any) -> Iterator[Any]:
        used: Any = self.used_parameters.get(self.asked) or [None]
        chosen = used[-1]
        chosen = None if chosen is None else str(chosen) in ("1", "True")
        for is_null, words in ((None, "All"), (False, "Has a value"), (True, "NULL")):
            asked = {} if is_null is None else {self.asked: str(is_null)}
            link = changelist.get_query_string(asked, [self.asked])
            yield {"selected": chosen is is_null, "query_string": link, "display": words}


def leads_to_bytes(model: type[models.Model], path: str) -> bool:
    """Whether this is the path of a binary column, maybe that of a related table."""
    return is_binary(get_fields_from_path(model, path)[-1])
