"""Puts Django's own connections in the place of those of tenants."""

from typing import Any

from django.core.signals import request_finished
from django.db import connections
from django.db.utils import ConnectionHandler


def use_djangos_connections(databases: dict[str, Any] | None = None) -> None:
    """``connections`` is what Django makes of these DATABASES, or of those that there are."""
    request_finished.disconnect(connections.forget_closed)
    connections.__class__ = ConnectionHandler
    if databases is not None:
        connections.settings = databases
