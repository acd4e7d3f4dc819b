"""The answer to a request whose database can't serve it now."""

import logging
from collections.abc import Callable

from django.db import Error
from django.http import HttpRequest, HttpResponse

from manydb.core import failures
from manydb.core.exceptions import SENTENCES, Unavailable

logger = logging.getLogger(__name__)


AFTER_A_DEADLINE = 5  # seconds: what took too long would take as long again

# Ways to find out why a database failed: each gives what it is, or None. ``tenants`` registers its own.
_explanations: list[Callable[[], Unavailable | None]] = []


def explain_with(explanation: Callable[[], Unavailable | None]) -> None:
    """Has it asked when a request is about to fail with an error of a database."""
    if explanation not in _explanations:
        _explanations.append(explanation)


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
    if unavailable := _explained(error):
        request.refusal = type(unavailable).__name__  # type: ignore[attr-defined]
        logger.error("%s: %s (%s)", request.path, unavailable, " ".join(str(error).split()))
        return _later(unavailable.retry_after)
    if isinstance(error, SENTENCES):
        logger.warning("Refused with %s: %s", type(error).__name__, error)
    return None


def _explained(error: Exception) -> Unavailable | None:
    if not isinstance(error, Error):
        return None
    return next(filter(None, (explain() for explain in _explanations)), None)


def _later(seconds: int) -> HttpResponse:
    return HttpResponse(
        "The database is overloaded. Please try again in a moment.",
        content_type="text/plain",
        status=503,
        headers={"Retry-After": str(seconds), "Cache-Control": "no-store"},
    )
