"""What a dump is of, so that a wrong file is refused before anything is done with it."""

import json
from dataclasses import asdict, dataclass, field

from manydb.core.disk_migrations import on_disk
from manydb.core.routing import prefix
from manydb.tenants.lifecycle.errors import ProvisioningError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """``rows`` are those of each table in the dump, or None where a table was written to meanwhile."""

    tenant: str
    engine: str  # Django's word: sqlite, postgresql, mysql
    data: str  # the name of the dump in the archive
    made_at: str
    migrations: list[str]
    hostnames: list[str]
    rows: dict[str, int] | None
    project: str = field(default_factory=prefix)
    format: int = FORMAT

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Manifest":
        """Raises ValueError or TypeError for what ``to_json`` has not written."""
        return cls(**json.loads(text))

    def check(self, engine: str) -> None:
        """Refuses a dump that can't become a tenant here.

        Raises:
            ProvisioningError: it is of another project, another engine, or newer code.
        """
        if self.format != FORMAT or self.project != prefix():
            raise ProvisioningError(
                f"It is a dump of another project, whose databases start with {self.project!r}."
            )
        if self.engine != engine:
            raise ProvisioningError(
                f"It is a dump of {self.engine}, which can't be loaded into {engine}."
            )
        if newer := [key for key in self.migrations if _is_newer(key)]:
            raise ProvisioningError(
                f"It was made by newer code, which has the migration {newer[0]}: check that code out first."
            )


def _is_newer(key: str) -> bool:
    """Whether a migration comes after all that this code has; one that was squashed away does not."""
    label, _, name = key.partition(".")
    known = [each for app, each in on_disk().disk_migrations if app == label]
    return bool(known) and name > max(known)
