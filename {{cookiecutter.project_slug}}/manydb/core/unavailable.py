"""The answer to a request whose database can't serve it now."""

import logging

from django.http import HttpRequest, HttpResponse

from manydb.core import failures
from manydb.core.exceptions import SENTENCES, Unavailable

logger = logging.getLogger(__name__)


AFTER_A_DEADLINE = 5  # seconds: what took too long would take as long again


def answer(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """503, which says when to come back; None for any other error."""
    if isinstance(error, (*SENTENCES, Unavailable)):
        request.refusal = type(error).__name__  # type: ignore[attr-defined]  # for the line of the request
    if isinstance(error, Unavailable):
        logger.error("%s: %s", request.path, error)
        return _later(error.retry_after)
    if failures.is_not_now(error):
        request.refusal = "deadline"  # type: ignore[attr-defined]
        # With the code that asked, which is what has to be changed.
        logger.error("%s: %s", request.path, error, exc_info=error)
        return _later(AFTER_A_DEADLINE)
    if isinstance(error, SENTENCES):
        logger.warning("Refused with %s: %s", type(error).__name__, error)
    return None


def _later(seconds: int) -> HttpResponse:
    return HttpResponse(
        "The database is overloaded. Please try again in a moment.",
        content_type="text/plain",
        status=503,
        headers={"Retry-After": str(seconds), "Cache-Control": "no-store"},
    )
