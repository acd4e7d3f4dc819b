"""The answer to a request whose database can't serve it now."""

import logging

from django.http import HttpRequest, HttpResponse

from manydb.core.exceptions import SENTENCES, Unavailable

logger = logging.getLogger(__name__)


def answer(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """503, which says when to come back; None for any other error."""
    if isinstance(error, (*SENTENCES, Unavailable)):
        request.refusal = type(error).__name__  # type: ignore[attr-defined]  # for the line of the request
    if not isinstance(error, Unavailable):
        if isinstance(error, SENTENCES):
            logger.warning("Refused with %s: %s", type(error).__name__, error)
        return None
    logger.error("%s: %s", request.path, error)
    return HttpResponse(
        "The database is overloaded. Please try again in a moment.",
        content_type="text/plain",
        status=503,
        headers={"Retry-After": str(error.retry_after), "Cache-Control": "no-store"},
    )
