"""manage.py: which settings it takes, and what it says when it can't go on."""

import subprocess
import sys
from pathlib import Path

import pytest

from ..commands import manage, run

PRODUCTION = {"DJANGO_SETTINGS_MODULE": "my_project.settings.production"}
WHICH = "from django.conf import settings; print(settings.SETTINGS_MODULE)"


def failure(project: Path, *command: str, **env: str) -> str:
    """The one line on standard error of a command that ends with 1."""
    done = manage(project, *command, env=env, check=False)
    assert done.returncode == 1 and done.stdout == "", done
    (line,) = done.stderr.splitlines()
    return str(line)


def test_commands_run_in_development_unless_the_environment_says_otherwise(rendered):
    project = rendered()
    assert (
        manage(project, "shell", "-v0", "-c", WHICH).stdout.strip()
        == "my_project.settings.development"
    )
    testing = {"DJANGO_SETTINGS_MODULE": "my_project.settings.testing"}
    said = manage(project, "shell", "-v0", "-c", WHICH, env=testing).stdout
    assert said.strip() == "my_project.settings.testing"


@pytest.mark.parametrize("name", ["development", "production"])
def test_settings_can_be_built_on_with_a_star_import(rendered, name):
    env = {
        "SECRET_KEY": "s",
        "BASE_DOMAIN": "shop.example",
        "TENANTS": "acme",
        "DATABASE_TLS": "false",
    }
    server = {"DATABASE_HOST": "127.0.0.1", "DATABASE_USER": "u", "DATABASE_PASSWORD": "p"}
    code = (
        f"from my_project.settings.{name} import *\n"
        "print(SECRET_KEY, BASE_DOMAIN, ROOT_URLCONF, len(INSTALLED_APPS) > 6, 'ACME' in DATABASES)"
    )
    env |= server if name == "production" else {}
    said = run(rendered(database_engine="postgresql"), "-c", code, env=env).stdout
    assert said.split() == ["s", "shop.example", "my_project.urls", "True", "True"]


def test_tests_never_run_with_the_settings_of_production(rendered):
    """With production's settings this command would end for want of a SECRET_KEY."""
    done = manage(rendered(), "test", "--tag", "no-such-tag", env=PRODUCTION)
    assert "Ran 0 tests" in done.stderr or "NO TESTS RAN" in done.stderr


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"TENANTS": "Bad!"}, "TENANTS: 'Bad!' can't name a tenant"),
        (PRODUCTION, "is not set: put it into the environment of the process."),
        (
            {"DATABASE_HOST": "db.internal", "DATABASE_PORT": "abc"},
            'Environment variable "DATABASE_PORT" invalid: Not a valid integer.',
        ),
    ],
    ids=["wrong", "missing", "not a number"],
)
def test_bad_configuration_is_one_sentence(rendered, env, sentence):
    # The driver is not what is asked for here: SQLite's engine needs none, PostgreSQL's is installed.
    assert sentence in failure(rendered(database_engine="postgresql"), "check", **env)


@pytest.mark.parametrize("command", [["migrate"], ["createsuperuser"], ["runserver", "--noreload"]])
def test_a_server_that_is_away_is_one_sentence(rendered, command):
    env = {
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": "1",
        "DATABASE_PASSWORD": "not to be seen",
    }
    done = manage(rendered(database_engine="postgresql"), *command, env=env, check=False)
    assert done.returncode == 1
    assert "Connection refused" in done.stderr
    assert "Traceback" not in done.stderr
    assert "not to be seen" not in done.stdout + done.stderr


def test_the_call_stack_is_there_for_those_who_ask(rendered):
    done = manage(rendered(), "check", "--traceback", env=PRODUCTION, check=False)
    assert done.returncode == 1 and done.stderr.startswith("Traceback")


@pytest.mark.parametrize("package", ["django", "environs"])
def test_missing_package_is_one_sentence(rendered, tmp_path, package):
    """A Python whose import system does not find it."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {package!r}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=rendered(),
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{package} is not installed here: activate the project's")
    assert len(done.stderr.splitlines()) == 1
