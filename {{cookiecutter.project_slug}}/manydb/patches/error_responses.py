"""A page that can't be answered now is 503 with Retry-After, wherever in the request the error was raised.

``process_exception`` of a middleware sees what views raise, and no error of another middleware. It misses those of sessions, of
``request.user`` that a middleware asks for, of a context processor of an error page. Django turns each into a
response in ``response_for_exception``, which knows 400, 403, 404 and 500. No ticket known.
"""

from collections.abc import Callable

from django.core.handlers import exception
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from manydb.patches import Patch, has, takes, uses

_djangos = exception.response_for_exception


def install(answer: Callable[[HttpRequest, Exception], HttpResponseBase | None]) -> None:
    """Has ``answer`` asked first; what it gives None for is Django's."""
    PATCH.verify()

    def response_for_exception(request: HttpRequest, exc: Exception) -> HttpResponseBase:
        return answer(request, exc) or _djangos(request, exc)

    exception.response_for_exception = response_for_exception  # type: ignore[assignment]


def _expects() -> None:
    takes(_djangos, "request", "exc")
    has(exception, "convert_exception_to_response")
    uses(exception.convert_exception_to_response, "response_for_exception")


PATCH = Patch("error_responses", tried=("5.2", "6.1"), expects=_expects)
