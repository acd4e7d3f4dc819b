"""Production's parameters: hosts, credentials, tenants. They come from AWS SSM Parameter Store.

``DATABASE_HOST`` is the parameter ``/<path>/DATABASE_HOST``; the environment variable PARAMETER_PATH names
another folder. An environment variable of the parameter's own name wins, for one container or one
command with another value. Passwords are SecureStrings.

A standard parameter holds 4 KB. A list that outgrows it goes on in ``TENANTS/2``, ``TENANTS/3`` and so
on: the parts are joined with commas, in the order of their numbers.

All parameters are read at once (a call per name would meet SSM's throttling when a fleet starts) and
kept for TTL seconds. Once read, they are served however old they are while SSM is away. Powertools for
AWS does the reading and the keeping; this module adds what it lacks: one refresh at a time, the old
values in an outage, and errors that say what to do.

Sources: AWS Systems Manager User Guide, "Parameter tiers"; Powertools for AWS Lambda (Python), "Parameters".
"""

import logging
import os
import re
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from manydb.core.exceptions import ParameterMissing, ParameterStoreUnavailable

TTL = 300  # seconds

logger = logging.getLogger(__name__)
_lock = threading.Lock()


class _Store(SSMProvider):
    """The parameters below the path: as they are or, while SSM is away, as they last were."""

    known: dict[str, str] | None = None

    def _get_multiple(self, path: str, *args: Any, **options: Any) -> dict[str, str]:
        try:
            self.known = super()._get_multiple(path, *args, **options)
        except (BotoCoreError, ClientError) as error:
            if self.known is None:
                raise
            logger.warning("SSM is away: parameters stay as they were for %d s (%s)", TTL, error)
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
        ParameterStoreUnavailable: SSM can't be asked, even if there is a default: that could be wrong.
    """
    if name in os.environ:
        return os.environ[name]
    path = os.environ.get("PARAMETER_PATH", f"/{path}/")
    try:
        with _lock:
            values = _store().get_multiple(path, max_age=TTL, decrypt=True, recursive=True)
    except (BotoCoreError, GetParameterError) as error:
        raise ParameterStoreUnavailable(
            f"{name} can't be read from SSM below {path} ({error}): set AWS_REGION, AWS credentials that "
            f"may call ssm:GetParametersByPath there, or {name} itself in the environment."
        ) from None
    value = _joined(name, values)
    if value is None:
        value = default
    if value is None:
        raise ParameterMissing(
            f"{name} is not set: put the parameter {path.rstrip('/')}/{name} into SSM, "
            "or the variable into the environment of the process."
        )
    return value


def _joined(name: str, values: Mapping[str, Any]) -> str | None:
    """The value, with the further parts of a list that is too long for one parameter."""
    numbered = re.compile(rf"{re.escape(name)}/(\d+)")
    further = {int(match[1]): values[key] for key in values if (match := numbered.fullmatch(key))}
    first = [values[name]] if name in values else []
    parts = first + [further[number] for number in sorted(further)]
    return ",".join(parts) if parts else None
