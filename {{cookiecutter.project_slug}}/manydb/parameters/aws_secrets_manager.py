"""Production's parameters: hosts, credentials, tenants. They come from AWS Secrets Manager.

They are the keys of one JSON secret called ``<path>``; the environment variable PARAMETER_PATH names
another one. An environment variable of the parameter's own name wins, for one container or one command
with another value. A list may be an array. A secret holds 64 KB, which is thousands of tenants.

The secret is read at once and kept for TTL seconds. Once read, it is served however old it is while
Secrets Manager is away. Powertools for AWS does the reading and the keeping; this module adds what it
lacks: one refresh at a time, the old values in an outage, and errors that say what to do.

Sources: AWS Secrets Manager User Guide, "Quotas"; Powertools for AWS Lambda (Python), "Parameters".
"""

import json
import logging
import os
import threading
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.exceptions import ImproperlyConfigured

from manydb.core.exceptions import ParameterMissing, ParameterStoreUnavailable

TTL = 300  # seconds

logger = logging.getLogger(__name__)
_lock = threading.Lock()


class _Store(SecretsProvider):
    """The secret: as it is or, while Secrets Manager is away, as it last was."""

    known: str | bytes | None = None

    def _get(self, name: str, **options: Any) -> str | bytes:
        try:
            self.known = super()._get(name, **options)
        except (BotoCoreError, ClientError) as error:
            if self.known is None:
                raise
            logger.warning(
                "Secrets Manager is away: parameters stay as they were for %d s (%s)", TTL, error
            )
        return self.known


@cache
def _store() -> _Store:
    # A web server that starts must not wait for minutes: two tries of a few seconds.
    limits = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})
    session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
    return _Store(boto3_session=session, boto_config=limits)


def read(name: str, default: str | None, path: str) -> str:
    """The parameter as text.

    Raises:
        ParameterMissing: it is not set, and there is no default.
        ParameterStoreUnavailable: the secret can't be read, even if there is a default: that could be wrong.
    """
    if name in os.environ:
        return os.environ[name]
    secret = os.environ.get("PARAMETER_PATH", path)
    try:
        with _lock:
            text = _store().get(secret, max_age=TTL)
    except (BotoCoreError, GetParameterError) as error:
        raise ParameterStoreUnavailable(
            f"{name} can't be read from the secret {secret} ({error}): set AWS_REGION, AWS credentials "
            f"that may call secretsmanager:GetSecretValue on it, or {name} itself in the environment."
        ) from None
    value = _as_text(_keys(text, secret).get(name, default))
    if value is None:
        raise ParameterMissing(
            f"{name} is not set: put the key {name} into the secret {secret}, "
            "or the variable into the environment of the process."
        )
    return value


def _keys(text: Any, secret: str) -> dict[str, Any]:
    try:
        keys = json.loads(text)
    except ValueError:
        keys = None  # and forget the error, which carries the text of the secret
    if not isinstance(keys, dict):
        raise ImproperlyConfigured(f"The secret {secret} must be a JSON object of parameters.")
    return keys


def _as_text(value: Any) -> str | None:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return None if value is None else str(value)
