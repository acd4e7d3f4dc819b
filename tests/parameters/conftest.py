"""``get_param`` as a process has it when it starts, and AWS behind it."""

import os
from collections.abc import Iterator
from types import ModuleType

import manydb.parameters
import pytest

from .aws import Aws, moto, source_of


@pytest.fixture(scope="package")
def shared_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with moto(tmp_path_factory.mktemp("moto") / "log") as server:
        yield server


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that are good for nothing, and none of this machine's."""
    for name in [
        *filter(
            lambda n: n.startswith(("AWS_", "VAULT_", "PARAMETER_PATH", "DATABASE_")), os.environ
        )
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
def parameters(monkeypatch: pytest.MonkeyPatch, store: str) -> Iterator[ModuleType]:
    """``manydb.parameters`` as settings leave it in a process that starts: nothing is cached."""
    monkeypatch.setattr(manydb.parameters, "_chosen", manydb.parameters._chosen)
    manydb.parameters._store.cache_clear()
    manydb.parameters.use(store, path="my_project")
    yield manydb.parameters
    if over := getattr(source_of(manydb.parameters), "_over", None):
        over.set()  # Vault's thread
