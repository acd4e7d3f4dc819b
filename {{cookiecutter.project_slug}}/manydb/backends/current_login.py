"""Connections that are opened with the login that the parameter store has now.

A password may change while a process runs: the next connection that is opened uses the new one. Open connections
stay as they are, because a server asks for a password at login only.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core.credentials import Login, logged_in, login_of


class CurrentLogin(BaseDatabaseWrapper):
    """Goes in front of a backend's class. USER and PASSWORD are values of ``get_param()``.

    The login is looked up where a connection is opened, and not in ``get_connection_params()``: instruments such as
    Sentry ask for these with every statement.
    """

    login_ends: float | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connect = super().get_new_connection

        def open(login: Login) -> Any:
            session = connect(conn_params | {"user": login.user, "password": login.password})
            self.login_ends = login.ends
            if login.ends is not None:  # a leased account is gone then, and its session with it
                self.close_at = min(login.ends, self.close_at or login.ends)
            return session

        return logged_in(self.settings_dict, open, self.is_refusal)

    def is_refusal(self, error: Exception) -> bool:
        """Whether the server was there and did not take the login."""
        raise NotImplementedError

    def new_login(self) -> tuple[str, str]:
        """Returns user and password for one login of a client's program."""
        login = login_of(self.settings_dict)
        return login.user, login.password
