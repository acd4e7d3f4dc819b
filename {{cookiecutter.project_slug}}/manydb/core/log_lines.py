"""Lines of the log as text or as JSON, each with the tenant and the request that it belongs to."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from manydb.core.conf import conf
from manydb.core.ownership import current
from manydb.core.request_log import request_id

FORMATS = ("text", "json")
_IN_MESSAGE = {"method", "path", "status"}  # of the line of a request
_PLAIN = re.compile(r"[\w.:/@%+~-]+", re.ASCII)


class Lines(logging.Formatter):
    """A formatter for LOGGING: ``{"()": "manydb.core.log_lines.Lines"}``. LOG_FORMAT says which lines it writes."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return self._json(record) if conf.LOG_FORMAT == "json" else self._text(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The first line, before that of an exception."""
        pairs = [
            f"{name}={_quoted(value)}"
            for name, value in _fields(record).items()
            if name not in _IN_MESSAGE
        ]
        return " ".join([super().formatMessage(record), *pairs])

    _text = logging.Formatter.format

    def _json(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        return json.dumps(line, default=str)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """What the record says in ``extra={"fields": …}``, or else the tenant and the request of this moment."""
    given: dict[str, Any] = getattr(record, "fields", {})
    fields = given
    if "request_id" not in given:
        active = current.get()
        fields = {
            "tenant": active.name if active else None,
            "request_id": request_id.get(),
            **given,
        }
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _quoted(value: Any) -> str:
    """In quotes and on one line, unless it is a plain word: what a client sends must not look like a line of ours."""
    if isinstance(value, float):
        return str(value)
    text = json.dumps(value) if isinstance(value, dict) else str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
