"""What is to be seen of reads on replicas: nothing, for they are read only where code names one."""

from typing import Any

HAS_SIGHT = False


def sight_of(alias: str) -> dict[str, Any]:
    """No more fields of ``status.Status``."""
    return {}


def sight_of_silent(alias: str) -> dict[str, Any]:
    return {}
