"""AWS is moto: a real HTTP server, which can be killed."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from types import ModuleType

import boto3
from manydb.parameters import ParameterStore

from ..commands import listens
from ..processes import running
from ..servers.ports import free_port

STORES = ["aws_ssm", "aws_secrets_manager"]
SECRET = "s3cr3t-value-that-nobody-may-print"


class Aws:
    """A moto server: SSM and Secrets Manager over HTTP."""

    def __init__(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.process = process

    def forget(self) -> None:
        urllib.request.urlopen(f"{self.url}/moto-api/reset", data=b"", timeout=5).close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def put(self, **values: str) -> None:
        """As an operator would: one SSM parameter each, and one secret of them all."""
        ssm, secrets = (boto3.client(s, endpoint_url=self.url) for s in ("ssm", "secretsmanager"))
        for name, value in values.items():
            path = f"/my_project/{name}"
            ssm.put_parameter(Name=path, Value=value, Type="SecureString", Overwrite=True)
        text = json.dumps(values)
        try:
            secrets.create_secret(Name="my_project", SecretString=text)
        except secrets.exceptions.ResourceExistsException:
            secrets.put_secret_value(SecretId="my_project", SecretString=text)


@contextmanager
def moto(log: Path) -> Iterator[Aws]:
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, log, lambda: listens(port)) as process:
        yield Aws(port, process)


def source_of(parameters: ModuleType) -> ParameterStore:
    """The store in use."""
    return parameters._store(*parameters._chosen)


def age(parameters: ModuleType) -> None:
    """As if the time to live of all that is kept had passed."""
    source_of(parameters)._asked_at = -inf
