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

_lock = threading.Lock()


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
