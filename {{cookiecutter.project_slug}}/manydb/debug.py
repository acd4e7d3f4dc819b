"""Error pages and reports without passwords: for ``DEFAULT_EXCEPTION_REPORTER_FILTER``."""

from manydb.core.debug import HidePasswords

__all__ = ["HidePasswords"]
