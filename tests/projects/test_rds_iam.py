"""The IAM backend: its tokens, what it refuses, and a real server with TLS that takes them.

RDS checks a token; a server of the kit can't. So the clock of the signature stands still, which gives
the same token each time, and that is the password of the user on the server.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ..authority import Certificates, certificates
from ..lone_django import django
from ..servers.fixtures import require, require_engine

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}
REGION = {"AWS_REGION": "eu-west-1"}
STRICT = {"mysql": {"ssl_mode": "VERIFY_IDENTITY"}, "postgresql": {"sslmode": "verify-full"}}
DEFAULT_PORT = {"mysql": 3306, "postgresql": 5432}

PASSWORDS = "print([connection.new_password() for _ in range(2)])"
CLOCK = """
    import datetime, itertools
    from botocore import auth
    seconds = itertools.count()
    start = datetime.datetime(2026, 11, 23, 12, 0, 0)
    auth.get_current_datetime = lambda **_: start + datetime.timedelta(seconds=next(seconds) * STEP)
"""


@pytest.fixture(params=["mysql", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "mysql":
        require("mysqlclient")
    return str(request.param)


@pytest.fixture
def ask(rendered: Callable[..., Path], engine: str) -> Callable[..., str]:
    """Runs lines in a Django whose default database has the rendered project's backend."""
    project = rendered(database_engine=engine, database_auth="rds_iam")

    def lines(
        text: str, env: dict[str, str], options: dict[str, Any] | None = None, **settings: Any
    ) -> str:
        fails = settings.pop("fails", False)
        database = {
            "ENGINE": f"manydb.backends.rds_iam_{engine}",
            "HOST": "db.internal",
            "USER": "app",
            "NAME": "app",
            "OPTIONS": STRICT[engine] if options is None else options,
        }
        path = {"PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
        return django({"default": database | settings}, text, env=path | env, fails=fails)

    return lines


def test_each_connection_gets_a_token_of_its_own_for_15_minutes(ask, engine):
    printed = ask(CLOCK.replace("STEP", "1") + "    " + PASSWORDS, CREDENTIALS | REGION)
    first, second = printed.strip("[]'").split("', '")
    assert first != second

    url = urlsplit(f"https://{first}")
    query = parse_qs(url.query)
    assert (url.hostname, url.port) == ("db.internal", DEFAULT_PORT[engine])
    assert query["Action"] == ["connect"] and query["DBUser"] == ["app"]
    assert query["X-Amz-Expires"] == ["900"]
    assert "/eu-west-1/rds-db/" in query["X-Amz-Credential"][0]
    assert query["X-Amz-Date"] == ["20261123T120000Z"]


def test_region_may_stand_in_the_options_and_is_not_passed_to_the_driver(ask, engine):
    options = STRICT[engine] | {"aws_region": "us-east-2"}
    assert "us-east-2" in ask(PASSWORDS, CREDENTIALS, options)
    assert "aws_region" not in ask(
        "print(sorted(connection.get_connection_params()))", CREDENTIALS, options
    )


def test_port_and_user_are_those_of_the_settings(ask, engine):
    printed = ask(PASSWORDS, CREDENTIALS | REGION, PORT="6000", USER="reader")
    assert printed.count("db.internal:6000/") == 2 and printed.count("DBUser=reader") == 2


WEAK = [
    {},
    {"sslmode": "require", "ssl_mode": "REQUIRED"},
    {"sslmode": "verify-ca", "ssl_mode": "VERIFY_CA"},
]


@pytest.mark.parametrize("options", WEAK, ids=["none", "unverified", "any host"])
def test_a_token_is_not_shown_to_a_server_that_nobody_checked(ask, engine, options):
    mode = next(iter(STRICT[engine]))
    options = {mode: options[mode]} if options else {}
    said = ask("connection.connect()", CREDENTIALS | REGION, options, fails=True)
    assert said.startswith(
        "django.core.exceptions.ImproperlyConfigured: default: IAM authentication"
    )
    assert f'OPTIONS["{mode}"] must be "{STRICT[engine][mode]}"' in said
    assert "Amz" not in said


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)  # Django has no pool for MySQL
def test_a_pool_that_would_keep_a_token_is_refused(ask, engine):
    options = STRICT[engine] | {"pool": {"min_size": 1}}
    said = ask("connection.get_connection_params()", CREDENTIALS | REGION, options, fails=True)
    assert 'OPTIONS["pool"] would connect with a token from when the pool was made' in said


@pytest.mark.parametrize(
    ("env", "reason"),
    [(CREDENTIALS, "You must specify a region"), (REGION, "Unable to locate credentials")],
)
def test_missing_region_or_credentials_are_one_sentence(ask, engine, env, reason):
    quiet = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null"}
    quiet["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null"
    said = ask("connection.connect()", quiet | env, fails=True)
    assert said.startswith("django.core.exceptions.ImproperlyConfigured: No IAM token can be made")
    assert f"app@db.internal ({reason}" in said and "set AWS_REGION" in said


THREADS = """
    import threading
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(connection.new_password()))
        for _ in range(20)
    ]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(len(made), all("Signature" in token for token in made))
"""


def test_threads_that_connect_together_all_get_a_token(ask, engine):
    assert ask(THREADS, CREDENTIALS | REGION) == "20 True"


# A real server


@pytest.fixture
def tls(server_folder: Path, engine: str) -> Certificates:
    return certificates(server_folder / f"iam-{engine}-certificates")


def token_for(ask: Callable[..., str], server: Any, options: dict[str, Any]) -> str:
    still = CLOCK.replace("STEP", "0")
    lines = f"{still}    print(connection.new_password())"
    place = {"HOST": server.host, "PORT": server.port, "USER": "iam"}
    return ask(lines, CREDENTIALS | REGION, options, **place)


LOG_IN = CLOCK.replace("STEP", "0") + "    connection.connect(); print(connection.is_usable())"


# Sentry asks for the parameters with each statement.
ASKED_OFTEN = (
    CLOCK.replace("STEP", "0")
    + """
    from manydb.backends import rds_iam_tokens
    make, made = rds_iam_tokens.auth_token, []
    rds_iam_tokens.auth_token = lambda *given, **more: made.append(1) or make(*given, **more)
    for _ in range(2):
        for _ in range(5):
            assert "password" not in connection.get_connection_params()
            with connection.cursor() as cursor: cursor.execute("select 1")
        connection.close()
    print(len(made))
"""
)


def test_a_server_with_tls_takes_the_token(ask, engine, server_folder, tls, tmp_path):
    require_engine(engine)
    if engine == "mysql":
        trust = {"ssl_mode": "VERIFY_IDENTITY", "ssl": {"ca": str(tls.authority)}}
        user = "create user iam@'%' identified by '{}' require ssl; create database iam; grant all on iam.* to iam@'%'"
    else:
        trust = {"sslmode": "verify-full", "sslrootcert": str(tls.authority)}
        user = "create role iam login password '{}'"
    with tls.server(engine, server_folder, f"{engine}-iam") as server:
        server.sql(user.format(token_for(ask, server, trust)))
        if engine == "postgresql":
            server.sql("create database iam owner iam")
        place = {"HOST": server.host, "PORT": server.port, "USER": "iam", "NAME": "iam"}
        assert ask(LOG_IN, CREDENTIALS | REGION, trust, **place) == "True"
        assert ask(ASKED_OFTEN, CREDENTIALS | REGION, trust, **place) == "2"

        other = CREDENTIALS | REGION | {"AWS_SECRET_ACCESS_KEY": "another"}
        refused = ask(LOG_IN, other, trust, fails=True, **place)
        assert "denied" in refused or "authentication failed" in refused
        assert "Amz" not in refused
