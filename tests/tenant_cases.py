"""A project of two tenants for the table of cases, and what the table has to say in it."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .commands import PROBES, environment, run
from .processes import running

SLUG = "cases"
TENANTS = ("acme", "globex")
# The passwords of a server that is not there; one tenant is said to be on it.
SECRETS = ("gone-primary-4711", "gone-reader-4712", "gone-direct-4713")


@dataclass(frozen=True)
class Project:
    folder: Path
    env: Mapping[str, str]
    server: Any

    def python(self, code: str) -> Any:
        """What a piece of code prints last, as JSON, once the project is set up."""
        setup = "import django; django.setup(); import json; from tenant_cases import table\n"
        printed = run(self.folder, "-c", setup + code, env=self.env).stdout
        return json.loads(printed.splitlines()[-1])

    def rows(self, tenant: str) -> list[str]:
        """The rows of a tenant, whichever way they came there."""
        return self.server.sql(
            "select text from tenant_cases_entry order by id", f"{SLUG}_{tenant}"
        ).splitlines()


def variables(server: Any, folder: Path, messages: Path) -> dict[str, str]:
    """The environment of a project on this server, with the app of the cases in it."""
    return {
        **server.environment(),
        "PYTHONPATH": f"{folder}:{PROBES}:{messages}",
        "LIVE_PROJECT": SLUG,
        "TENANT_CASES": str(messages),
        "TENANT_CASES_SECRETS": " ".join(SECRETS),
        "DJANGO_SETTINGS_MODULE": "tenant_cases.settings",
        "BASE_DOMAIN": "localhost",
    }


def expected(tenant: str) -> dict[str, Any]:
    refused = (
        *("their row", "their rows", "their rows within ours", "what was made for them"),
        *("a copy of theirs", "their database", "a raw cursor"),
    )
    return {
        "who": tenant,
        "rows": [tenant],
        "write and roll back": [2, 1],
        "after a commit": [tenant],
        "the cache": tenant,
        "a file": tenant,
        **dict.fromkeys(refused, "WrongTenant"),
    }


def is_the_table(found: Any, tenant: str) -> None:
    assert found == expected(tenant)


def rows_of(body: str) -> Any:
    """A page's answers: one JSON object, or a line for each case."""
    lines = body.splitlines()
    return json.loads(body) if len(lines) == 1 else dict(json.loads(line) for line in lines)


@contextmanager
def working(project: Project, *command: str) -> Iterator[Path]:
    """A worker's process while the block lasts; gives its log."""
    log = Path(project.env["TENANT_CASES"]) / "worker.log"
    with running([sys.executable, *command], log, cwd=project.folder, env=environment(project.env)):
        yield log
