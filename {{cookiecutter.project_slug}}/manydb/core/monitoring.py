"""What the status of a database says of reads on replicas: filled in by ``replicas``, empty without it."""

from typing import Any


class Monitor:
    """Adds nothing: replicas are read only where code names one."""

    active = False

    def of(self, alias: str) -> dict[str, Any]:
        """More fields of ``status.Status``, of a database that answers."""
        return {}

    def of_unreachable(self, alias: str) -> dict[str, Any]:
        """More fields of ``status.Status``, of a database that does not answer."""
        return {}


_monitor = Monitor()


def monitor() -> Monitor:
    """The one that was registered last."""
    return _monitor


def register(new: Monitor) -> None:
    """Called by ``replicas`` when its app is ready."""
    global _monitor
    _monitor = new
