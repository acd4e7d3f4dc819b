"""Django's ``connect()`` with a server connection that is open already."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.tenants.idle import Rested


class Resuming(BaseDatabaseWrapper):
    """While ``rested`` is set, ``connect()`` uses that one if it is well: the server is told nothing twice."""

    rested: Rested | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self.rested is not None:
            self.connection = self.rested.connection
            if not self.settings_dict["CONN_HEALTH_CHECKS"] or self.is_usable():
                return self.connection
            self.rested.close()
            self.rested = self.connection = None
        return super().get_new_connection(conn_params)

    def _set_autocommit(self, autocommit: bool) -> None:
        if self.rested is None:
            super()._set_autocommit(autocommit)  # type: ignore[misc]

    def init_connection_state(self) -> None:
        if self.rested is None:
            super().init_connection_state()
        self.rested = None  # what follows is receivers of connection_created, who may do anything
