"""Leaves what the answers asked for: prunes the rest, writes .env once, says what to do next.

Standard library only, no network, no terminal and no git: a repository made in a hook breaks
``cruft update``. Running it again, or in a project that has moved on, does no harm.
"""

import io
import json
import os
import secrets
import shlex
import shutil
import sys
from pathlib import Path

ANSWERS = json.loads(r"""{{ cookiecutter | tojson }}""")
TENANTS = json.loads(r"""{{ cookiecutter.tenants | tenant_names | tojson }}""")
SLUG = ANSWERS["project_slug"]
ENGINE = ANSWERS["database_engine"]
ROUTER = ANSWERS["router"]
POOLING = ANSWERS["pooling"]
LEGACY = ANSWERS["legacy_models"]

# Every optional path, and whether these answers keep it. All else is always there.
KEEP = {
    "manydb/tenants": ROUTER == "tenant",
    "manydb/replicas": ROUTER in ("tenant", "replica"),
    "manydb/testing/lagging_replicas.py": ROUTER in ("tenant", "replica"),
    "manydb/fleet/shards.py": ROUTER in ("tenant", "replica"),
    "manydb/fleet/worker.py": ROUTER in ("tenant", "replica"),
    "manydb/fleet/workers.py": ROUTER in ("tenant", "replica"),
    f"{SLUG}/settings/content_security_policy.py": ANSWERS["django_version"] == "6.1",
    f"{SLUG}/settings/tenants.py": ROUTER == "tenant",
    "tests/test_tenants.py": ROUTER == "tenant",
    f"{SLUG}/templates": LEGACY,
    f"{SLUG}/views.py": LEGACY,
    f"{SLUG}/accounts": LEGACY,
    f"{SLUG}/conferences": LEGACY,
    "tests/legacy": LEGACY,
    "legacy": LEGACY,
    "legacy/accounts/mysql.sql": LEGACY and ENGINE == "mysql",
    "legacy/conferences/mysql.sql": LEGACY and ENGINE == "mysql",
    "legacy/accounts/postgresql.sql": LEGACY and ENGINE == "postgresql",
    "legacy/conferences/postgresql.sql": LEGACY and ENGINE == "postgresql",
    "deploy/mysql": ENGINE == "mysql",
    "deploy/postgresql": ENGINE == "postgresql",
    "deploy/kubernetes": ROUTER == "tenant",
    "deploy/pgbouncer": POOLING == "pgbouncer",
    "deploy/rds_proxy": POOLING == "rds_proxy",
}


def prune(project: Path) -> None:
    """Removes the optional paths that these answers did not ask for."""
    for path in (project / name for name, keep in KEEP.items() if not keep):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def remove_caches(project: Path) -> None:
    """Removes Python's caches: the engine leaves them in manydb when it runs inside the template."""
    for folder in ("manydb", SLUG, "tests"):
        for path in list((project / folder).rglob("__pycache__")):
            shutil.rmtree(path)


def write_env(project: Path) -> None:
    """Writes .env as .env.example with a secret of its own, unless there is one already.

    The secret holds letters, digits, ``-`` and ``_``, which no shell, URL or dotenv reader changes.
    Git ignores the file, and only its owner may read it.
    """
    example = (project / ".env.example").read_text(encoding="utf-8")
    secret = secrets.token_urlsafe(50)
    try:
        descriptor = os.open(project / ".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(example.replace("\nSECRET_KEY=", f"\nSECRET_KEY={secret}", 1))


def folder(project: Path) -> str:
    """The project as its user's shell would name it; the tool itself has gone elsewhere."""
    shell = Path(os.environ["PWD"]).resolve() if os.environ.get("PWD") else project
    return shlex.quote(str(project.relative_to(shell) if shell in project.parents else project))


def next_steps(project: Path) -> str:
    """The commands that take these answers to a running project."""
    pages = "".join(f" and http://{name.replace('_', '-')}.localhost:8000/" for name in TENANTS[:1])
    version = {"5.2": "3.11", "6.1": "3.12"}[ANSWERS["django_version"]]
    start = """make setup
    make run"""
    if os.name == "nt":
        start = r"""py -m venv .venv
    .venv\Scripts\activate
    python -m pip install --upgrade pip
    python -m pip install -e . --group dev
    python manage.py bootstrap
    python manage.py runserver"""
    return f"""
{SLUG} is ready. Next, with Python {version} or newer:

    cd {folder(project)}
    {start}

Open http://localhost:8000/{pages}. Then run the tests, and begin a history:

    {"pytest" if os.name == "nt" else "make test"}
    git init

README.md has the same without make. Everything runs on SQLite until .env names a server in DATABASE_HOST;
its driver is one extra away:

    python -m pip install -e ".[{ENGINE}]" --group dev

Before the first deployment, `uv lock` writes the versions that the image gets into uv.lock: commit it.
"""


if __name__ == "__main__":
    try:
        prune(Path.cwd())
        remove_caches(Path.cwd())
        write_env(Path.cwd())
    except KeyboardInterrupt:
        # Cookiecutter is interrupted too, and leaves the folder. With -f it may be one that was there before.
        sys.exit(
            f"\n{SLUG} is unfinished. Run cookiecutter again with --overwrite-if-exists, or remove the folder."
        )
    # `cruft diff` renders the project too, and its standard output is a patch.
    stream = sys.stderr if "_commit" in ANSWERS else sys.stdout
    # A path that the terminal cannot show must not cost the project its life.
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    print(next_steps(Path.cwd()), file=stream)
