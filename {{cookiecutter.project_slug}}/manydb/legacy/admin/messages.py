"""What a database refuses or can't tell, as a message of the admin instead of a page that fails."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from manydb.core.admin import DatabaseAdmin
from manydb.legacy.admin.decoding import tolerant

log = logging.getLogger(__name__)


class SaysErrors(DatabaseAdmin):
    """Texts that are none are shown where nothing can be saved, and are an error in a form."""

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        view = partial(super().changelist_view, request, *args, **kwargs)
        return self._answer(request, view, shown=self.database(request))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        view = partial(super().changeform_view, request, *args, **kwargs)
        shown = None if self.may_write(request) else self.database(request)
        return self._answer(request, view, shown=shown)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Rows that Django deletes nothing for may point to this one.
        return self._answer(request, partial(super().delete_view, request, *args, **kwargs))

    def _answer(
        self, request: HttpRequest, view: Callable[[], HttpResponse], shown: str | None = None
    ) -> HttpResponse:
        try:
            with tolerant(shown):
                return view()
        except (Error, UnicodeError) as error:
            log.warning("%s: %s", self.opts.label, error, exc_info=True)
            reason = " ".join(str(error).split())
            self.message_user(request, f"{self.opts.label}: {reason}", messages.ERROR)
            # Where nothing was sent, to a page that needs no legacy table.
            return redirect(request.get_full_path() if request.method == "POST" else "admin:index")
