"""Production's parameters in AWS Secrets Manager: the keys of one JSON secret, called ``<path>``.

A list may be an array. A secret holds 64 KB, which is thousands of tenants.

A login that AWS rotates by itself is in a secret of its own, with the keys ``username`` and ``password``. The
parameter DATABASE_SECRET names that secret, and the two are DATABASE_USER and DATABASE_PASSWORD then.

Sources: AWS Secrets Manager User Guide, "Quotas" and "JSON structure of AWS Secrets Manager database credential
secrets".
"""

import json
import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.exceptions import ImproperlyConfigured

from manydb.parameters.store import ParameterStore


class Store(ParameterStore):
    name = "Secrets Manager"
    errors = (BotoCoreError, ClientError)
    needs = "set AWS_REGION, AWS credentials that may call secretsmanager:GetSecretValue on it"

    @property
    def place(self) -> str:
        return f"the secret {self.path}"

    def put(self, name: str) -> str:
        return f"put the key {name} into the secret {self.path}"

    @cached_property
    def client(self) -> Any:
        # A web server that starts must not wait for minutes: two tries of a few seconds.
        limits = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})
        session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
        return session.client("secretsmanager", config=limits)

    def load(self) -> Mapping[str, Any]:
        values = self._keys_of(self.path)
        rotated = os.environ.get("DATABASE_SECRET") or values.get("DATABASE_SECRET")
        if rotated:
            login = self._keys_of(rotated)
            names = {"DATABASE_USER": "username", "DATABASE_PASSWORD": "password"}
            values |= {name: login[key] for name, key in names.items() if key in login}
        return values

    def _keys_of(self, secret: str) -> dict[str, Any]:
        text = self.client.get_secret_value(SecretId=secret).get("SecretString", "")
        try:
            keys = json.loads(text)
        except ValueError:
            keys = None  # and forget the error, which carries the text of the secret
        if not isinstance(keys, dict):
            raise ImproperlyConfigured(
                f"The secret {secret} must be a JSON object of parameters. "
                'Write it as {"SECRET_KEY": "…"}.'
            )
        return keys
