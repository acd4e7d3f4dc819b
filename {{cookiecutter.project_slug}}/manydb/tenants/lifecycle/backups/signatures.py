"""Signatures of what this project writes beside its dumps, by which it knows its own files again."""

import json
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

_KEY = "signature"


def signed(what: str, content: dict[str, Any]) -> dict[str, Any]:
    """Returns the content with a signature; ``what`` says for which purpose and of which backup it is."""
    return {**content, _KEY: _signature(what, content, settings.SECRET_KEY)}


def is_ours(what: str, content: Any) -> bool:
    """Whether this project has signed the content for this purpose."""
    if not isinstance(content, dict):
        return False
    given, rest = str(content.get(_KEY)), without_signature(content)
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(constant_time_compare(given, _signature(what, rest, key)) for key in keys)


def without_signature(content: dict[str, Any]) -> dict[str, Any]:
    """Returns what was signed."""
    return {key: value for key, value in content.items() if key != _KEY}


def _signature(what: str, content: dict[str, Any], key: str | bytes) -> str:
    text = json.dumps([what, content], sort_keys=True)
    return salted_hmac(__name__, text, secret=key, algorithm="sha256").hexdigest()
