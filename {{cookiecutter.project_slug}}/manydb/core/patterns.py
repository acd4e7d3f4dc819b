"""Regular expressions that are compiled when they are first used: most processes need few of them, and all would start later."""

import re
from typing import Any, cast


class _Pattern:
    def __init__(self, text: str, flags: int) -> None:
        self._made_of = text, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._made_of), name)
        self.__dict__[name] = found  # from now on it is not asked for here
        return found


def pattern(text: str, flags: int = 0) -> "re.Pattern[str]":
    """Returns what has the methods of ``re.compile(text, flags)``. Functions of ``re`` do not take it for a pattern."""
    return cast("re.Pattern[str]", _Pattern(text, flags))
