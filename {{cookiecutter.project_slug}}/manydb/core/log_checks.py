"""Finds a format of log lines that there is not."""

from typing import Any

from django.core.checks import CheckMessage

from manydb.core.conf import conf
from manydb.core.findings import Error
from manydb.core.late_checks import register
from manydb.core.log_lines import FORMATS


@register()
def check_format(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E014: LOG_FORMAT is neither "text" nor "json"."""
    if conf.LOG_FORMAT in FORMATS:
        return []
    return [
        Error(
            f"LOG_FORMAT is {conf.LOG_FORMAT!r}, and lines are written as text until it is a known format.",
            hint='Set LOG_FORMAT to "text" or "json".',
            id="manydb.E014",
        )
    ]
