"""A stranger answers at the prompts and does what the README of the new project prints, word for word."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from template_answers import CHOICES, QUESTIONS

from ..commands import environment, manual
from ..legacies import SHOP, SPELLED
from ..rendering import command, in_tiers
from ..servers.fixtures import require

STRANGERS = [
    {"database_engine": "mysql", "router": "tenant", "pooling": "rds_proxy"},
    {"database_engine": "postgresql", "router": "replica", "pooling": "pgbouncer"},
]
NAME = "-".join


def typed(answers: dict[str, str]) -> str:
    """What is typed: the number of a choice, and nothing where the default will do."""
    public = [field for field in QUESTIONS if not field.startswith("_")]
    return "".join(
        f"{CHOICES[field].index(answers[field]) + 1 if field in answers else ''}\n"
        for field in public
    )


def shell_lines(markdown: str) -> list[str]:
    """The commands of a page's ``sh`` blocks, in order, without those that it says are not run."""
    marked = r"^ *<!-- not run: .*? -->\n *```.*?^ *```$"
    text = re.sub(marked, "", markdown, flags=re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.fixture
def answered(template: Path, tmp_path: Path, answers: dict[str, str]) -> Path:
    """The project of someone who typed these answers."""
    done = command(template, tmp_path, str(template), typed=typed(answers))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "make setup" in done.stdout
    return tmp_path / "my_project"


SERVED = """
import sys, time, urllib.error, urllib.request
for host in sys.argv[3:]:
    for attempt in range(200):
        try:
            asked = urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}/", headers={"Host": host})
            answer = urllib.request.urlopen(asked)
            break
        except urllib.error.HTTPError as error:
            answer = error
            break
        except OSError:
            time.sleep(0.1)
    page = answer.read().decode()
    assert answer.status == int(sys.argv[2]), (answer.status, page)
    if answer.status == 200:
        assert f"<strong id=\\"tenant\\">{host.split('.')[0]}</strong>" in page, page
        assert '<table id="conferences">' in page, page
    print("served", host, answer.status)
"""


def run_shell(project: Path, lines: list[str], **env: str) -> subprocess.CompletedProcess[str]:
    script = "\n".join(["set -ex", *lines])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=project,
        env=environment({"PYTHONDONTWRITEBYTECODE": ""} | env),  # a stranger's Python compiles once
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done


# After these lines a new server is asked for initech's page.
ANSWERS = {
    "python manage.py create_tenant initech": 200,
    "python manage.py suspend_tenant initech": 503,
    "python manage.py resume_tenant initech": 200,
    "python manage.py drop_tenant initech --yes": 404,
    "python manage.py restore_tenant initech.zip --name initech --same-tenant --wait 0": 200,
}


def runnable(line: str, port: int) -> list[str]:
    """The line as it is, but for one that waits for visitors; some are followed by a visit."""
    server = f"python manage.py runserver --noreload 127.0.0.1:{port} & server=$!"
    ask = f'python -c "$SERVED" {port}'
    if line == "make run":
        made = f'make run ADDRESS="--noreload 127.0.0.1:{port}" & server=$!'
        return [made, f"{ask} 200 acme.localhost", "kill $server; wait $server || true"]
    if line == "python manage.py runserver":
        return [server, f"{ask} 200 acme.localhost globex.localhost", "kill $server"]
    if line in ANSWERS:
        end = "kill $server; wait $server || true"
        return [line, server, f"{ask} {ANSWERS[line]} initech.localhost", end]
    return [line]


@pytest.mark.parametrize(
    "answers", in_tiers(STRANGERS, STRANGERS[:1]), ids=lambda answers: NAME(answers.values())
)
def test_commands_of_the_readme(answered, answers):
    readme = manual(answered)
    lines = shell_lines(readme)
    assert len(lines) > 12
    extra = [line for line in lines if f'".[{answers["database_engine"]}]"' in line]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = [part for line in lines if line not in extra for part in runnable(line, port)]
    superuser = "python manage.py createsuperuser"
    assert f"`{superuser}`" in readme
    script.append(f"{superuser} --noinput --username ada --email ada@example.com")
    sql = SHOP.format(**SPELLED["sqlite"])
    (answered / "Chinook_Sqlite.sql").write_text(sql, encoding="utf-8")  # which the stranger has

    done = run_shell(answered, script, SERVED=SERVED, DJANGO_SUPERUSER_PASSWORD="for a test")

    assert "served acme.localhost 200" in done.stdout
    assert "served globex.localhost 200" in done.stdout
    if answers["router"] == "tenant":
        visits = re.findall(r"served initech.localhost (\d+)", done.stdout)
        assert visits == ["200", "503", "200", "404", "200"]
    assert re.search(r"\d+ passed", done.stdout)
    assert "5 models of chinook, read-only." in done.stdout
    assert "No drift in chinook.\n" in done.stdout
    assert "Superuser created successfully" in done.stdout


@pytest.mark.parametrize(
    "answers", in_tiers(STRANGERS, STRANGERS[:1]), ids=lambda answers: NAME(answers.values())
)
def test_driver_of_the_readme(answered, answers):
    if answers["database_engine"] == "mysql":
        require("mysqlclient")  # it is compiled, here as there
    lines = shell_lines((answered / "README.md").read_text(encoding="utf-8"))
    (install,) = (line for line in lines if f'".[{answers["database_engine"]}]"' in line)
    module = {"mysql": "MySQLdb", "postgresql": "psycopg"}[answers["database_engine"]]
    first, last = "python3 -m venv .venv", "python -m pip install -e . --group dev"
    start = lines[lines.index(first) : lines.index(last)]
    run_shell(answered, [*start, install, f"python -c 'import {module}'"])


@pytest.mark.parametrize("answers", STRANGERS[:1], ids=lambda answers: NAME(answers.values()))
def test_uv_sync_takes_their_place(answered):
    assert "`uv sync`" in (answered / "README.md").read_text(encoding="utf-8")
    uv = f"{sys.executable} -m uv"
    python = f"--python {sys.executable}"
    run_shell(
        answered, [f"{uv} sync {python}", ". .venv/bin/activate", "python manage.py bootstrap"]
    )
