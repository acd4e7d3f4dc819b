"""Tokens in place of passwords: signed here with the AWS credentials of the process, without a request.

RDS takes a token for 15 minutes, at login only: sessions outlive it. Making one takes 0.2 ms, so each
connection gets its own, and there is no cache in which one could grow old.

Source: Amazon RDS User Guide, "IAM database authentication for MariaDB, MySQL, and PostgreSQL".
"""

import os
import threading
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper

_lock = threading.Lock()


class TokenForPassword(BaseDatabaseWrapper):
    """Goes in front of a backend's class.

    The token is made where a connection is opened, and not in ``get_connection_params()``: instruments such as
    Sentry ask for these with every statement.
    """

    default_port: int

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        params.pop("aws_region", None)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        return super().get_new_connection(conn_params | {"password": self.new_password()})

    def new_login(self) -> tuple[str, str]:
        """Returns user and token for one login of a client's program."""
        return str(self.settings_dict["USER"]), self.new_password()

    def new_password(self) -> str:
        """A token for one login, of this process or of a client's program; the entry's own PASSWORD if it has one.

        An administrator, who may log in by a password, has one (``fleet.admin_account``).

        Raises:
            ImproperlyConfigured: there are no AWS credentials, or no region.
        """
        if given := self.settings_dict.get("PASSWORD"):
            return str(given)
        region = self.settings_dict["OPTIONS"].get("aws_region")
        return auth_token(self.settings_dict, default_port=self.default_port, region=region)


def auth_token(settings: dict[str, Any], *, default_port: int, region: str | None) -> str:
    """A fresh token for the HOST, PORT and USER of these database settings.

    Raises:
        ImproperlyConfigured: there are no AWS credentials, or no region.
    """
    try:
        token: str = _client(region or os.environ.get("AWS_REGION")).generate_db_auth_token(
            DBHostname=settings["HOST"],
            Port=int(settings["PORT"] or default_port),
            DBUsername=settings["USER"],
        )
    except BotoCoreError as error:
        raise ImproperlyConfigured(
            f"No IAM token can be made for {settings['USER']}@{settings['HOST']} ({error}): "
            "set AWS_REGION, and AWS credentials that may call rds-db:connect."
        ) from None
    return token


def _client(region: str | None) -> Any:
    # Sessions are not safe to share while a client is made; a client is, afterwards.
    with _lock:
        return _cached_client(region)


@cache
def _cached_client(region: str | None) -> Any:
    # A session of its own: it renews credentials of a role before they expire, like any client.
    return boto3.Session(region_name=region).client("rds")
