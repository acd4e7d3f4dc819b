"""AWS is moto: a real HTTP server, which can be killed."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import ModuleType

import boto3

from ..servers.ports import free_port

STORES = ["aws_ssm", "aws_secrets_manager"]
SECRET = "s3cr3t-value-that-nobody-may-print"


class Aws:
    """A moto server: SSM and Secrets Manager over HTTP."""

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        with log.open("w") as output:
            command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
            self.process = subprocess.Popen(command, stdout=output, stderr=output)
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/moto-api/", timeout=5).close()
        except (OSError, urllib.error.URLError):
            return False
        return True

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


def age(parameters: ModuleType) -> None:
    """As if the time to live of all that is cached had passed."""
    store = parameters._store().store
    for key, item in store.items():
        store[key] = item._replace(ttl=item.ttl.min)
