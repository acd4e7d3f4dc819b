"""Responses whose bodies are made later: streamed ones, and templates that Django renders after the view."""

from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

from manydb.core.scopes import Enter, in_async_steps, in_steps


def in_every_chunk(response: HttpResponseBase, enter: Enter) -> HttpResponseBase:
    """Makes every chunk of a streamed body inside the context that ``enter()`` gives, and none between them.

    Its end is inside, too: what a generator does when the reader has left, or when it is closed. Files of
    the operating system are left alone: they ask no database, and servers send them whole.
    """
    if isinstance(response, StreamingHttpResponse) and not _is_file(response):
        content: Any = response.streaming_content
        wrap = in_async_steps if response.is_async else in_steps
        response.streaming_content = wrap(content, enter)
        when_closed(response, enter)
    return response


def when_closed(response: HttpResponseBase, enter: Enter) -> None:
    """Has this response closed, which sends ``request_finished``, inside the context that ``enter()`` gives."""
    close = response.close

    def close_inside() -> None:
        with enter():
            close()

    response.close = close_inside  # type: ignore[method-assign]


def when_rendered(response: HttpResponseBase, enter: Enter) -> HttpResponseBase:
    """Makes Django render a template of this response inside the context that ``enter()`` gives."""
    if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
        render = response.render

        def render_inside() -> Any:
            del response.render  # caches pickle the response when it is rendered
            with enter():
                return render()

        response.render = render_inside  # type: ignore[method-assign]
    return response


def _is_file(response: StreamingHttpResponse) -> bool:
    file: Any = getattr(response, "file_to_stream", None)  # of a FileResponse
    try:
        return file is not None and file.fileno() >= 0
    except (AttributeError, OSError):
        return False
