"""The stores that the manual shows. Their clients are not installed here: what stands in has their documented calls."""

import json
import re
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import manydb.parameters
import pytest

from ..rendering import ROOT

PAGE = ROOT / "{{cookiecutter.project_slug}}/manydb/docs/operations/parameter-stores.md"
SECRETS = {"DATABASE_HOST": "db.internal", "DATABASE_PASSWORD": "secret"}


class Away(Exception):
    """What the client raises."""


class Google:
    def access_secret_version(self, *, name: str, timeout: float) -> Any:
        if not name == "projects/shop/secrets/production/versions/latest":
            raise Away("404 Secret was not found")
        return SimpleNamespace(payload=SimpleNamespace(data=json.dumps(SECRETS).encode()))


class Azure:
    def __init__(self, address: str, credential: object, connection_timeout: float) -> None:
        self.address = address

    def list_properties_of_secrets(self) -> list[Any]:
        if self.address != "https://shop.vault.azure.net":
            raise Away("Forbidden")
        names = [*SECRETS, "OLD"]
        return [SimpleNamespace(name=n.replace("_", "-"), enabled=n != "OLD") for n in names]

    def get_secret(self, name: str) -> Any:
        return SimpleNamespace(value=SECRETS[name.replace("-", "_")])


STORES = {
    "GoogleSecret": (
        "projects/shop/secrets/production",
        {
            "google.api_core.exceptions": {"GoogleAPIError": Away},
            "google.auth.exceptions": {"GoogleAuthError": Away},
            "google.cloud.secretmanager": {"SecretManagerServiceClient": Google},
        },
    ),
    "AzureKeyVault": (
        "https://shop.vault.azure.net",
        {
            "azure.core.exceptions": {"AzureError": Away},
            "azure.identity": {"DefaultAzureCredential": object},
            "azure.keyvault.secrets": {"SecretClient": Azure},
        },
    ),
}


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    return f"stores_of_a_project.{request.getfixturevalue('name')}"


@pytest.fixture
def path(name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module with the class of this name, as the manual shows it."""
    path, modules = STORES[name]
    for each, names in modules.items():
        parts = each.split(".")
        for length in range(1, len(parts) + 1):
            monkeypatch.setitem(sys.modules, ".".join(parts[:length]), ModuleType(each))
        vars(sys.modules[each]).update(names)
    (source,) = [
        block
        for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
        if f"class {name}(" in block
    ]
    assert len(source.splitlines()) <= 25
    module = ModuleType("stores_of_a_project")
    exec(source, vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return path


@pytest.mark.parametrize("name", STORES)
def test_it_reads_parameters(path, parameters, store, name):
    manydb.parameters.use(store, path=path)
    assert {each: manydb.parameters.get_param(each) for each in SECRETS} == SECRETS
    with pytest.raises(parameters.ParameterMissing, match=f"put SECRET_KEY into {path} of "):
        manydb.parameters.get_param("SECRET_KEY")
    manydb.parameters.use(store, path="elsewhere")
    with pytest.raises(parameters.ParameterStoreUnavailable, match=r"\): give the "):
        manydb.parameters.get_param("DATABASE_HOST")
    manydb.parameters.use(store, path=path)
