"""Django's ``connect()`` with a server connection that is open already."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from .resting import Rested


class Resuming(BaseDatabaseWrapper):
    """While ``rested`` is set, ``connect()`` uses that one: the server is told nothing that it knows."""

    rested: Rested | None = None

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = {} if self.rested else super().get_connection_params()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        return self.rested.connection if self.rested else super().get_new_connection(conn_params)

    def init_connection_state(self) -> None:
        if self.rested is None:
            super().init_connection_state()

    def _set_autocommit(self, autocommit: bool) -> None:
        if self.rested is None:
            super()._set_autocommit(autocommit)  # type: ignore[misc]
