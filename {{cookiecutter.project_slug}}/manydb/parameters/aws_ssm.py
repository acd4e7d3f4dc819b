"""Production's parameters in AWS Systems Manager Parameter Store.

``DATABASE_HOST`` is the parameter ``/<path>/DATABASE_HOST``. Passwords are SecureStrings. A standard parameter
holds 4 KB. A list that outgrows it goes on in ``TENANTS/2``, ``TENANTS/3`` and so on: the parts are joined with
commas, in the order of their numbers.

All parameters are read at once, because a call per name would meet the throttling of SSM when a fleet starts.

Source: AWS Systems Manager User Guide, "Parameter tiers".
"""

import os
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from manydb.parameters.store import ParameterStore

_NUMBERED = re.compile(r"(.+)/(\d+)")


class Store(ParameterStore):
    name = "SSM"
    errors = (BotoCoreError, ClientError)
    needs = "set AWS_REGION, AWS credentials that may call ssm:GetParametersByPath there"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = f"/{self.path.strip('/')}/"

    @property
    def place(self) -> str:
        return f"SSM below {self.path}"

    def put(self, name: str) -> str:
        return f"put the parameter {self.path}{name} into SSM"

    @cached_property
    def client(self) -> Any:
        # A web server that starts must not wait for minutes: two tries of a few seconds.
        limits = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})
        session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
        return session.client("ssm", config=limits)

    def load(self) -> Mapping[str, str]:
        pages = self.client.get_paginator("get_parameters_by_path").paginate(
            Path=self.path, Recursive=True, WithDecryption=True
        )
        found = {
            each["Name"].removeprefix(self.path): each["Value"]
            for page in pages
            for each in page["Parameters"]
        }
        return _joined(found)


def _joined(found: Mapping[str, str]) -> dict[str, str]:
    """The values, each with the further parts of a list that is too long for one parameter."""
    parts: dict[str, dict[int, str]] = defaultdict(dict)
    for name, value in found.items():
        numbered = _NUMBERED.fullmatch(name)
        parts[numbered[1] if numbered else name][int(numbered[2]) if numbered else 0] = value
    return {
        name: ",".join(part for _, part in sorted(each.items())) for name, each in parts.items()
    }
