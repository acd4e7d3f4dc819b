"""Production's parameters: hosts, credentials, tenants. They come from the environment.

A list (``TENANTS``) is one value with commas; whoever asks for it splits it.
"""

import os

from django.core.exceptions import ImproperlyConfigured


class ParameterMissing(ImproperlyConfigured):
    """A parameter that has no default is not set."""


def get_param(name: str, default: str | None = None) -> str:
    """The parameter as text.

    Raises:
        ParameterMissing: it is not set, and there is no default.
    """
    value = os.environ.get(name, default)
    if value is None:
        raise ParameterMissing(f"{name} is not set: put it into the environment of the process.")
    return value
