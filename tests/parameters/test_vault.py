"""HashiCorp Vault as the parameter store: its logins, and credentials that it leases."""

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ..processes import eventually
from ..production import DOMAIN, create, drop, serving, variables, with_pages
from ..servers import MariaDB
from ..servers.fixtures import server_of
from .aws import SECRET, age, source_of
from .test_rotation import visitors
from .vault import JWT, ROLE_ID, SECRET_ID, Vault, serving_vault

APPROLE = {"VAULT_ROLE_ID": ROLE_ID, "VAULT_SECRET_ID": SECRET_ID}


@pytest.fixture
def store() -> str:
    pytest.importorskip("hvac", reason="run make again: pyproject.toml names it")
    return "vault"


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    with serving_vault(Vault()) as server:
        monkeypatch.setenv("VAULT_ADDR", server.url)
        yield server


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return lambda **values: [monkeypatch.setenv(*each) for each in values.items()]


@pytest.fixture
def rooted(vault: Vault, environment: Any) -> Vault:
    environment(VAULT_TOKEN="root")
    return vault


def test_the_keys_of_a_secret_are_parameters(parameters, rooted, monkeypatch):
    rooted.put(DATABASE_PASSWORD=SECRET, DATABASE_PORT=5432, TENANTS=["acme", "globex"])
    names = ("DATABASE_PASSWORD", "DATABASE_PORT", "TENANTS")
    assert [parameters.get_param(name) for name in names] == [SECRET, "5432", "acme,globex"]
    assert parameters.get_param("DATABASE_HOST", "localhost") == "localhost"
    assert rooted.asked.count("GET secret/data/my_project") == 1
    monkeypatch.setenv("DATABASE_PORT", "6432")
    assert parameters.get_param("DATABASE_PORT") == "6432"


def test_a_changed_value_is_seen_after_its_time_to_live(parameters, rooted):
    rooted.put(DATABASE_PASSWORD="old")
    assert parameters.get_param("DATABASE_PASSWORD") == "old"
    rooted.put(DATABASE_PASSWORD="new")
    assert parameters.get_param("DATABASE_PASSWORD") == "old"
    age(parameters)
    assert parameters.get_param("DATABASE_PASSWORD") == "new"


def test_it_logs_in_by_approle_in_a_namespace(parameters, vault, environment):
    vault.namespace = "team"
    vault.put(DATABASE_HOST="db.internal")
    environment(VAULT_NAMESPACE="team", **APPROLE)
    assert parameters.get_param("DATABASE_HOST") == "db.internal"


def test_it_logs_in_with_the_service_account_of_a_pod(parameters, vault, environment, tmp_path):
    vault.put(DATABASE_HOST="db.internal")
    file = tmp_path / "token"
    file.write_text(f"{JWT}\n")
    environment(VAULT_KUBERNETES_ROLE="app", VAULT_KUBERNETES_TOKEN_FILE=str(file))
    assert parameters.get_param("DATABASE_HOST") == "db.internal"


def test_a_revoked_token_is_replaced_by_a_login(parameters, vault, environment):
    vault.put(DATABASE_HOST="one")
    environment(**APPROLE)
    assert parameters.get_param("DATABASE_HOST") == "one"
    for token in [*vault.tokens]:
        vault.revoke(token)
    vault.put(DATABASE_HOST="two")
    age(parameters)
    assert parameters.get_param("DATABASE_HOST") == "two"


def test_a_token_is_renewed_before_it_ends_though_nobody_asks(parameters, vault, environment):
    vault.put(DATABASE_HOST="db.internal")
    environment(VAULT_TOKEN=vault.new_token(seconds=3))
    assert parameters.get_param("DATABASE_HOST") == "db.internal"
    assert eventually(lambda: vault.asked.count("POST auth/token/renew-self") > 1)


@pytest.mark.parametrize(
    ("settings", "secret", "said"),
    [
        ({"VAULT_TOKEN": "wrong"}, {"A": 1}, "permission denied"),
        ({**APPROLE, "VAULT_SECRET_ID": "wrong"}, {"A": 1}, "invalid role or secret ID"),
        ({"VAULT_KUBERNETES_ROLE": "app"}, {"A": 1}, "No such file"),
        ({"VAULT_TOKEN": "root"}, None, "secret/data/my_project"),
        ({"VAULT_TOKEN": "root"}, {}, "secret/data/my_project"),  # deleted
        ({"VAULT_TOKEN": "root", "VAULT_NAMESPACE": "x"}, {"A": 1}, "no handler for route"),
        ({"VAULT_TOKEN": "root", "VAULT_ADDR": "http://127.0.0.1:1"}, {"A": 1}, "refused"),
    ],
)
def test_what_it_refuses_is_one_sentence(parameters, vault, environment, settings, secret, said):
    if secret is not None:
        vault.put(**secret)
    environment(**settings)
    with pytest.raises(parameters.ParameterStoreUnavailable) as failure:
        parameters.get_param("DATABASE_PORT", "5432")
    assert str(failure.value).startswith(
        "DATABASE_PORT can't be read from the secret my_project of Vault ("
    )
    assert said in str(failure.value) and "set VAULT_ADDR, and VAULT_TOKEN" in str(failure.value)
    assert failure.value.__suppress_context__ and "\n" not in str(failure.value)


def test_a_missing_parameter_says_where_to_put_it(parameters, rooted):
    rooted.put(DATABASE_HOST="db.internal")
    with pytest.raises(parameters.ParameterMissing, match=r"DATABASE_USER into the secret my_pro"):
        parameters.get_param("DATABASE_USER")


def test_a_sealed_vault_is_survived_with_one_warning(parameters, rooted, caplog):
    caplog.set_level(logging.WARNING)
    rooted.put(DATABASE_PASSWORD=SECRET)
    assert parameters.get_param("DATABASE_PASSWORD") == SECRET
    rooted.is_sealed = True
    age(parameters)
    assert [parameters.get_param("DATABASE_PASSWORD") for _ in range(5)] == [SECRET] * 5
    (warning,) = [record for record in caplog.records if record.name.startswith("manydb")]
    assert "Vault is away" in warning.getMessage() and SECRET not in caplog.text


def test_a_refused_login_is_replaced_by_a_new_lease(parameters, rooted, environment):
    environment(VAULT_DATABASE_ROLE="app")
    rooted.put(BASE_DOMAIN="shop.example")
    first = parameters.get_param("DATABASE_USER")
    age(parameters)
    assert parameters.get_param("DATABASE_USER") == first  # the lease goes on
    store = source_of(parameters)
    store.after_refusal(store.known)
    assert parameters.get_param("DATABASE_USER") != first
    assert 0 < store.known.ends - time.monotonic() <= 3600


@pytest.mark.parametrize("engine", [pytest.param("mysql", marks=pytest.mark.long), "postgresql"])
def test_a_site_with_leased_logins(request, rendered, environment, tmp_path, engine, store):
    """An account lasts 9 s at most, is renewed once and then replaced. No page fails."""
    slug = f"leased_{engine}"
    project = rendered(
        database_engine=engine,
        router="simple",
        parameter_store="vault",
        legacy_models=False,
        project_slug=slug,
        tenants="acme",
    )
    server = server_of(request, engine)

    def make(user: str, password: str) -> None:
        if isinstance(server, MariaDB):
            server.sql(f"create user {user}@'%' identified by '{password}'")
            server.sql(f"grant {server.grants} on *.* to {user}@'%'")
        else:
            server.sql(f"create role {user} login password '{password}' in role {server.user}")
            server.sql(f"alter role {user} set role {server.user}")

    def end(user: str) -> None:
        server.sql(f"drop {'user' if engine == 'mysql' else 'role'} {user}")

    given = variables(slug, server) | {"TENANTS": "acme"}
    login = {"DATABASE_USER", "DATABASE_PASSWORD"}
    create(server, slug)
    try:
        with serving_vault(Vault(make, end, seconds=6, at_most=9)) as vault:
            vault.put(slug, **{name: value for name, value in given.items() if name not in login})
            env = dict(with_pages(given, slug).items() - given.items()) | APPROLE
            env |= {"VAULT_ADDR": vault.url, "VAULT_DATABASE_ROLE": "app"}
            application = f"{slug}.wsgi:application"
            with (
                serving(project, tmp_path / "log", env, application) as site,
                visitors(site, DOMAIN) as them,
            ):
                assert eventually(lambda: len(set(them.answers)) > 1, 60)
                renewed = vault.asked.count("PUT sys/leases/renew")
                last = them.answers[-1]
                (lease,) = [id for id, each in vault.leases.items() if f'"{each.user}"' in last]
                assert renewed > 0 and them.failed() == []
                # By hand. PostgreSQL ends no session of a role that is dropped, but refuses its queries.
                vault.revoke(lease)
                assert eventually(
                    lambda: (
                        them.answers and "v_app" in them.answers[-1] and them.answers[-1] != last
                    ),
                    60,
                )
            assert engine == "postgresql" or them.failed() == []
    finally:
        drop(server, slug)
