"""``get_param`` with each store behind it; AWS is moto, a real HTTP server that can be killed."""

import json
import logging
import os
import subprocess
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured

from .lone_django import module
from .servers.ports import free_port

SECRET = "s3cr3t-value-that-nobody-may-print"
STORES = ["aws_ssm", "aws_secrets_manager"]


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


@pytest.fixture(scope="module")
def shared_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    server = Aws(tmp_path_factory.mktemp("moto") / "log")
    yield server
    server.kill()


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that are good for nothing, and none of this machine's."""
    for name in [
        *filter(lambda n: n.startswith(("AWS_", "PARAMETER_PATH", "DATABASE_")), os.environ)
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.fixture
def aws(shared_aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    shared_aws.forget()
    monkeypatch.setenv("AWS_ENDPOINT_URL", shared_aws.url)
    return shared_aws


@pytest.fixture
def parameters(rendered: Callable[..., Path], store: str) -> ModuleType:
    """The module as a process has it when it starts: nothing is cached."""
    project = rendered(parameter_store=store)
    return module(project / "my_project" / "databases" / "parameters.py")


def requests_made(parameters: ModuleType) -> list[str]:
    """Grows with each request that the store's client sends from now on."""
    made: list[str] = []
    events = parameters._store().client.meta.events
    events.register("before-send", lambda request, **_: made.append(request.url))
    return made


def age(parameters: ModuleType) -> None:
    """As if the time to live of all that is cached had passed."""
    store = parameters._store().store
    for key, item in store.items():
        store[key] = item._replace(ttl=item.ttl.min)


# The environment


@pytest.mark.parametrize("store", ["environment"])
def test_environment_gives_what_is_set_and_else_the_default(parameters, monkeypatch, store):
    monkeypatch.setenv("DATABASE_HOST", "db.internal")
    assert parameters.get_param("DATABASE_HOST", "localhost") == "db.internal"
    assert parameters.get_param("DATABASE_PORT", "3306") == "3306"


@pytest.mark.parametrize("store", ["environment"])
def test_missing_parameter_is_one_sentence_with_its_name(parameters, store):
    with pytest.raises(ImproperlyConfigured) as failure:
        parameters.get_param("DATABASE_HOST")
    assert isinstance(failure.value, parameters.ParameterMissing)
    assert (
        str(failure.value)
        == "DATABASE_HOST is not set: put it into the environment of the process."
    )


# AWS


@pytest.mark.parametrize("store", STORES)
def test_values_come_decrypted_and_the_environment_wins(parameters, aws, monkeypatch, store):
    aws.put(DATABASE_HOST="db.internal", DATABASE_PASSWORD=SECRET)
    monkeypatch.setenv("DATABASE_HOST", "127.0.0.1")
    assert parameters.get_param("DATABASE_PASSWORD") == SECRET
    assert parameters.get_param("DATABASE_HOST") == "127.0.0.1"
    assert parameters.get_param("DATABASE_PORT", "3306") == "3306"


@pytest.mark.parametrize("store", STORES)
def test_missing_parameter_says_where_to_put_it(parameters, aws, store):
    aws.put(DATABASE_HOST="db.internal")
    with pytest.raises(parameters.ParameterMissing) as failure:
        parameters.get_param("DATABASE_PASSWORD")
    place = {
        "aws_ssm": "/my_project/DATABASE_PASSWORD into SSM",
        "aws_secrets_manager": "secret my_project",
    }
    assert place[store] in str(failure.value)
    assert str(failure.value).count(". ") == 0


@pytest.mark.parametrize("store", ["aws_ssm"])
def test_hundred_parameters_take_as_many_requests_as_pages(parameters, aws, store):
    aws.put(**{f"PARAMETER_{number}": str(number) for number in range(35)})
    made = requests_made(parameters)
    assert [parameters.get_param(f"PARAMETER_{n}") for n in range(35)] == [
        str(n) for n in range(35)
    ]
    assert len(made) == 4  # 10 to a page


@pytest.mark.parametrize("store", STORES)
def test_threads_that_start_together_ask_once(parameters, aws, store):
    aws.put(DATABASE_HOST="db.internal")
    made = requests_made(parameters)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(parameters.get_param("DATABASE_HOST")))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["db.internal"] * 20
    assert len(made) == 1


@pytest.mark.parametrize("store", STORES)
def test_changed_value_is_seen_after_its_time_to_live(parameters, aws, store):
    aws.put(DATABASE_PASSWORD="old")
    assert parameters.get_param("DATABASE_PASSWORD") == "old"
    aws.put(DATABASE_PASSWORD="new")
    assert parameters.get_param("DATABASE_PASSWORD") == "old"
    age(parameters)
    assert parameters.get_param("DATABASE_PASSWORD") == "new"


@pytest.mark.parametrize("store", STORES)
def test_killed_store_is_survived_with_one_warning_and_no_value_in_it(
    parameters, tmp_path, monkeypatch, caplog, store
):
    aws = Aws(tmp_path / "log")
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    aws.put(DATABASE_HOST="db.internal", DATABASE_PASSWORD=SECRET)
    assert parameters.get_param("DATABASE_PASSWORD") == SECRET

    aws.kill()
    age(parameters)
    caplog.set_level(logging.DEBUG, logger=parameters.__name__)
    started = time.monotonic()
    assert [parameters.get_param(n) for n in ("DATABASE_PASSWORD", "DATABASE_HOST") * 5] == [
        SECRET,
        "db.internal",
    ] * 5
    assert time.monotonic() - started < 10

    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1 and "is away" in warnings[0].getMessage()
    assert SECRET not in caplog.text
    with pytest.raises(parameters.ParameterMissing) as failure:
        parameters.get_param("DATABASE_NAME")
    assert SECRET not in str(failure.value)


@pytest.mark.parametrize("store", STORES)
def test_store_out_of_reach_at_start_is_one_sentence_within_seconds(parameters, monkeypatch, store):
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    started = time.monotonic()
    with pytest.raises(parameters.ParameterStoreUnavailable) as failure:
        parameters.get_param("DATABASE_PORT", "3306")  # the default could be wrong
    assert time.monotonic() - started < 10
    assert "Could not connect" in str(failure.value)
    assert str(failure.value).startswith("DATABASE_PORT can't be read from")
    assert failure.value.__suppress_context__ and "\n" not in str(failure.value)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize(
    ("absent", "reason"),
    [
        (("AWS_REGION", "AWS_DEFAULT_REGION"), "You must specify a region"),
        (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "Unable to locate credentials"),
        (("AWS_SECRET_ACCESS_KEY",), "Partial credentials"),
    ],
)
def test_missing_region_or_credentials_are_one_sentence(
    parameters, aws, monkeypatch, absent, reason, store
):
    for name in absent:
        monkeypatch.delenv(name)
    with pytest.raises(parameters.ParameterStoreUnavailable) as failure:
        parameters.get_param("DATABASE_HOST")
    assert reason in str(failure.value) and "set AWS_REGION, AWS credentials" in str(failure.value)


@pytest.mark.parametrize("store", ["aws_secrets_manager"])
def test_unknown_secret_is_one_sentence(parameters, aws, monkeypatch, store):
    monkeypatch.setenv("PARAMETER_PATH", "elsewhere")
    with pytest.raises(
        parameters.ParameterStoreUnavailable, match=r"secret elsewhere .*ResourceNotFound"
    ):
        parameters.get_param("DATABASE_HOST")


@pytest.mark.parametrize("store", ["aws_secrets_manager"])
@pytest.mark.parametrize("text", [f"password={SECRET}", json.dumps([SECRET]), json.dumps(SECRET)])
def test_secret_that_is_no_object_is_refused_without_being_shown(parameters, aws, text, store):
    boto3.client("secretsmanager", endpoint_url=aws.url).create_secret(
        Name="my_project", SecretString=text
    )
    with pytest.raises(Exception, match="must be a JSON object") as failure:
        parameters.get_param("DATABASE_HOST")
    assert SECRET not in "".join(traceback.format_exception(failure.value))


@pytest.mark.parametrize("store", ["aws_secrets_manager"])
def test_secret_may_hold_numbers_and_lists(parameters, aws, store):
    values = json.dumps(
        {"TENANTS": ["acme", "globex"], "DATABASE_PORT": 3306, "DATABASE_HOST": None}
    )
    boto3.client("secretsmanager", endpoint_url=aws.url).create_secret(
        Name="my_project", SecretString=values
    )
    assert parameters.get_param("TENANTS") == "acme,globex"
    assert parameters.get_param("DATABASE_PORT") == "3306"
    with pytest.raises(parameters.ParameterMissing):
        parameters.get_param("DATABASE_HOST")


TENANTS = [f"tenant_{number:04}" for number in range(1500)]  # 18 KB


@pytest.mark.parametrize("store", ["aws_ssm"])
def test_long_tenant_list_goes_on_in_numbered_parameters(parameters, aws, store):
    """A standard parameter holds 4 KB; moto would take more, so the test keeps to it."""
    parts = [",".join(TENANTS[start : start + 300]) for start in range(0, 1500, 300)]
    assert all(len(part) <= 4096 for part in parts)
    aws.put(TENANTS=parts[0], TENANTS_MORE="not,one,of,them", DATABASE_HOST="db.internal")
    # 10 comes after 9, whatever their order as text.
    for number, part in zip((2, 9, 10, 11), parts[1:], strict=True):
        aws.put(**{f"TENANTS/{number}": part})
    assert parameters.get_param("TENANTS").split(",") == TENANTS


@pytest.mark.parametrize("store", ["aws_secrets_manager"])
def test_long_tenant_list_fits_into_the_secret(parameters, aws, store):
    aws.put(TENANTS=",".join(TENANTS))
    assert parameters.get_param("TENANTS").split(",") == TENANTS


@pytest.mark.parametrize("store", ["aws_ssm"])
def test_another_path_needs_no_slash_at_its_end(parameters, aws, monkeypatch, store):
    ssm = boto3.client("ssm", endpoint_url=aws.url)
    ssm.put_parameter(Name="/team/app/DATABASE_HOST", Value="db.team", Type="String")
    monkeypatch.setenv("PARAMETER_PATH", "/team/app")
    assert parameters.get_param("DATABASE_HOST") == "db.team"
