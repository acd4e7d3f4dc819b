"""A value or a store that is not there: one sentence within seconds, which shows no value."""

import json
import logging
import os
import time
import traceback

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured

from ..commands import manage
from ..servers.ports import free_port
from .aws import SECRET, STORES, age, moto


@pytest.mark.parametrize("store", ["environment"])
def test_missing_parameter_is_one_sentence_with_its_name(parameters, store):
    with pytest.raises(ImproperlyConfigured) as failure:
        parameters.get_param("DATABASE_HOST")
    assert isinstance(failure.value, parameters.ParameterMissing)
    assert (
        str(failure.value)
        == "DATABASE_HOST is not set: put it into the environment of the process."
    )


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


@pytest.mark.parametrize("store", STORES)
def test_killed_store_is_survived_with_one_warning_and_no_value_in_it(
    parameters, tmp_path, monkeypatch, caplog, store
):
    with moto(tmp_path / "log") as aws:
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


@pytest.mark.parametrize("store", [*STORES, "vault"])
def test_the_checks_of_a_deployment_end_with_one_sentence_without_the_store(rendered, store):
    project = rendered(parameter_store=store)
    nowhere = f"http://127.0.0.1:{free_port()}"
    account = {name: os.environ[name] for name in os.environ if name.startswith("AWS_")}
    env = account | {"AWS_ENDPOINT_URL": nowhere, "VAULT_ADDR": nowhere, "VAULT_TOKEN": "root"}
    env["DJANGO_SETTINGS_MODULE"] = "my_project.settings.production"
    done = manage(project, "check", "--deploy", env=env, check=False)
    assert done.returncode == 1 and done.stdout == "", done
    (line,) = done.stderr.splitlines()
    assert "can't be read from" in line and nowhere.rpartition(":")[2] in line


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
def test_a_secret_that_was_spoiled_later_changes_nothing(parameters, aws, caplog, store):
    aws.put(DATABASE_HOST="db.internal")
    assert parameters.get_param("DATABASE_HOST") == "db.internal"
    client = boto3.client("secretsmanager", endpoint_url=aws.url)
    client.put_secret_value(SecretId="my_project", SecretString=f"password={SECRET}")
    age(parameters)
    assert parameters.get_param("DATABASE_HOST") == "db.internal"
    assert "must be a JSON object" in caplog.text and SECRET not in caplog.text
