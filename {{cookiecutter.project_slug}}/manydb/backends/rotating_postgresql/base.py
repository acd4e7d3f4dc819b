"""Django's PostgreSQL backend, with the login that the parameter store has now for each new connection.

Settings: ENGINE "manydb.backends.rotating_postgresql", USER and PASSWORD from ``get_param()``.
"""

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base

from manydb.backends.current_login import CurrentLogin
from manydb.core.credentials import Login, logged_in


class DatabaseWrapper(CurrentLogin, base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self.pool:  # which opens them itself
            return base.DatabaseWrapper.get_new_connection(self, conn_params)
        return super().get_new_connection(conn_params)

    @property
    def pool(self) -> Any:
        pool: Any = super().pool
        if pool and not hasattr(pool.connection_class, "settings"):
            # It is not open yet, so it has made no connection.
            pool.connection_class = _of_pools(
                pool.connection_class, self.settings_dict, self.is_refusal
            )
        return pool

    def is_refusal(self, error: Exception) -> bool:
        """Whether the server asked for a password, and the error is not about the database.

        At login libpq gives no SQLSTATE, and the server's words may be in any language.
        """
        asked = getattr(getattr(error, "pgconn", None), "used_password", False)
        return bool(asked) and f'database "{self.settings_dict["NAME"]}"' not in str(error)


def _of_pools(
    kind: Any, settings: dict[str, Any], is_refusal: Callable[[Exception], bool]
) -> type[Any]:
    """The class of a pool's connections: each is opened with the login as it is then."""

    class Connection(kind):  # type: ignore[misc]
        @classmethod
        def connect(cls, conninfo: str = "", **given: Any) -> Any:
            connect = super().connect

            def open(login: Login) -> Any:
                return connect(conninfo, **given | {"user": login.user, "password": login.password})

            return logged_in(settings, open, is_refusal)

    Connection.settings = settings
    return Connection
