"""Production's parameters: hosts, credentials, tenants. They come from the environment.

A list (``TENANTS``) is one value with commas, which the settings split.
"""

import os

from manydb.core.exceptions import ParameterMissing


def read(name: str, default: str | None, path: str) -> str:
    """The parameter as text.

    Raises:
        ParameterMissing: it is not set, and there is no default.
    """
    value = os.environ.get(name, default)
    if value is None:
        raise ParameterMissing(f"{name} is not set: put it into the environment of the process.")
    return value
