"""What ``get_param`` gives, how many requests that takes, and when it asks again."""

import json
import threading
from types import ModuleType

import boto3
import pytest

from .aws import SECRET, STORES, age, source_of


def requests_made(parameters: ModuleType) -> list[str]:
    """Grows with each request that the store's client sends from now on."""
    made: list[str] = []
    events = source_of(parameters).client.meta.events
    events.register("before-send", lambda request, **_: made.append(request.url))
    return made


@pytest.mark.parametrize("store", ["environment"])
def test_environment_gives_what_is_set_and_else_the_default(parameters, monkeypatch, store):
    monkeypatch.setenv("DATABASE_HOST", "db.internal")
    assert parameters.get_param("DATABASE_HOST", "localhost") == "db.internal"
    assert parameters.get_param("DATABASE_PORT", "3306") == "3306"


@pytest.mark.parametrize("store", STORES)
def test_values_come_decrypted_and_the_environment_wins(parameters, aws, monkeypatch, store):
    aws.put(DATABASE_HOST="db.internal", DATABASE_PASSWORD=SECRET)
    monkeypatch.setenv("DATABASE_HOST", "127.0.0.1")
    assert parameters.get_param("DATABASE_PASSWORD") == SECRET
    assert parameters.get_param("DATABASE_HOST") == "127.0.0.1"
    assert parameters.get_param("DATABASE_PORT", "3306") == "3306"


@pytest.mark.parametrize("store", ["aws_ssm"])
def test_many_parameters_take_as_many_requests_as_pages(parameters, aws, store):
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


@pytest.mark.parametrize("store", ["aws_secrets_manager"])
def test_secret_may_hold_numbers_and_lists(parameters, aws, store):
    values = json.dumps(
        {
            "TENANTS": ["acme", "globex"],
            "DATABASE_PORT": 3306,
            "DATABASE_TLS": False,
            "DATABASE_HOST": None,
        }
    )
    boto3.client("secretsmanager", endpoint_url=aws.url).create_secret(
        Name="my_project", SecretString=values
    )
    assert parameters.get_param("TENANTS") == "acme,globex"
    assert parameters.get_param("DATABASE_PORT") == "3306"
    assert parameters.get_param("DATABASE_TLS") == "false"
    with pytest.raises(parameters.ParameterMissing):
        parameters.get_param("DATABASE_HOST")


@pytest.mark.parametrize("store", ["aws_secrets_manager"])
def test_a_login_that_aws_rotates_is_in_a_secret_of_its_own(parameters, aws, store):
    aws.put(DATABASE_SECRET="rds!cluster-1", DATABASE_HOST="db.internal")
    client = boto3.client("secretsmanager", endpoint_url=aws.url)
    login = {"engine": "postgres", "username": "app_clone", "password": SECRET}
    client.create_secret(Name="rds!cluster-1", SecretString=json.dumps(login))
    names = ("DATABASE_HOST", "DATABASE_USER", "DATABASE_PASSWORD")
    assert [parameters.get_param(name) for name in names] == ["db.internal", "app_clone", SECRET]


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
