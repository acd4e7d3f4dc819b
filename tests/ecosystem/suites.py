"""The table of suites: suites.toml."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TABLE = HERE / "suites.toml"
PROJECTS = HERE / "projects.toml"
ROUTERS = ("simple", "replica", "tenant")
# "placed" is the router of tenants, with all apps in their databases and TENANT_DEFAULT; with "second", the tests are
# those of the second tenant.
WAYS = (*ROUTERS, "placed", "second")


@dataclass(frozen=True)
class Allowed:
    """Differences that a user of the package would accept, and why."""

    tests: str
    routers: tuple[str, ...]
    reason: str

    def covers(self, test: str, router: str) -> bool:
        return router in self.routers and re.fullmatch(self.tests, test) is not None


@dataclass(frozen=True)
class Suite:
    """A row of suites.toml, where the columns are explained."""

    name: str
    sdist: str
    sha256: str
    command: str
    reports: str
    routers: tuple[str, ...]
    minutes: float
    folder: str = "."
    labels: str = ""
    runner: str = ""
    path: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    unsteady: str = ""
    given: bool = False
    allowed: tuple[Allowed, ...] = ()

    def __post_init__(self) -> None:
        if self.reports not in {"unittest", "pytest"} or not set(self.routers) <= set(WAYS):
            raise ValueError(f"{self.name}: reports or routers")

    def is_steady(self, test: str) -> bool:
        """Whether a test's outcome is that of the code, and not of how busy the machine is."""
        return not (self.unsteady and re.fullmatch(self.unsteady, test))

    def reason_for(self, test: str, router: str) -> str | None:
        return next((each.reason for each in self.allowed if each.covers(test, router)), None)


def read(path: Path = TABLE) -> list[Suite]:
    """Returns the suites in the order in which they run."""
    return [_suite(row) for row in tomllib.loads(path.read_text(encoding="utf-8"))["suite"]]


def _suite(row: dict[str, Any]) -> Suite:
    allowed = tuple(
        Allowed(each["tests"], tuple(each.get("routers", ROUTERS)), each["reason"])
        for each in row.pop("allowed", [])
    )
    row["routers"] = tuple(row["routers"])
    row["path"] = tuple(row.get("path", ()))
    row["labels"] = " ".join(row.get("labels", "").split())
    return Suite(**row, allowed=allowed)
