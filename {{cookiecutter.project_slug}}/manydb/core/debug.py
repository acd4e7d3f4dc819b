"""Keeps passwords off Django's error pages and error mails.

Django hides settings whose names sound secret. But the page of DEBUG also shows the variables of every
call that led to the error, and where no server answers those hold what the driver connects with.
"""

import re
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.defaultfilters import pprint
from django.views.debug import SafeExceptionReporterFilter

from manydb.core.conf import conf
from manydb.core.credentials import passwords_of

IAM_TOKEN = "X-Amz-Signature="  # noqa: S105  the part of each that is worth hiding it for
_QUOTING = re.compile(r"""[\\'"\s]""")


def _servers() -> list[dict[str, Any]]:
    # A tenant that is in no list is on the server of those that are, or on one of TENANT_SERVERS.
    more = conf.TENANT_SERVERS
    parts = [each[part] for each in more.values() for part in ("READER", "DIRECT") if part in each]
    return [*settings.DATABASES.values(), *more.values(), *parts]


class HidePasswords(SafeExceptionReporterFilter):
    """Shows no variable in which the password of a database is to be read."""

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        passwords = {secret for each in _servers() for secret in passwords_of(each)}
        secrets = [plain for secret in {*passwords, IAM_TOKEN} if (plain := _plain(secret))]
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return {name: self._safe(value, secrets) for name, value in variables}.items()

    def _safe(self, value: Any, secrets: list[str]) -> "_Text":
        text = pprint(value)
        shown = _plain(text)
        return _Text(self.cleansed_substitute if any(s in shown for s in secrets) else text)


class _Text:
    """What is to be shown, as it is: the page would put quotes around a string."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _plain(text: str) -> str:
    """Without what Python and libpq put into a password that they quote or break into lines."""
    return _QUOTING.sub("", text)
