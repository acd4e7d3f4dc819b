"""The manifest of a dump, by which a wrong file is refused before it is loaded."""

import json
from dataclasses import asdict, dataclass, field

from manydb.core.disk_migrations import on_disk
from manydb.core.routing import prefix
from manydb.tenants.lifecycle.errors import ProvisioningError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a dump holds. ``rows`` is the number of rows of each table; None if the dump could not count them."""

    tenant: str
    engine: str  # sqlite, postgresql or mysql, as Django names them
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
        """Reads a manifest.

        Raises:
            ValueError or TypeError: ``to_json`` has not written this text.
        """
        return cls(**json.loads(text))

    def check(self, engine: str) -> None:
        """Refuses a dump that can't become a tenant here.

        Raises:
            ProvisioningError: the dump is from another project, another engine, or newer code.
        """
        if self.format != FORMAT or self.project != prefix():
            raise ProvisioningError(
                f"This is a dump of another project, whose databases start with {self.project!r}. Restore it there."
            )
        if self.engine != engine:
            raise ProvisioningError(
                f"This is a dump of {self.engine}, which can't be loaded into {engine}. Restore it where "
                f"{self.engine} is used."
            )
        if newer := [key for key in self.migrations if _is_newer(key)]:
            raise ProvisioningError(
                f"This dump was made by newer code, with the migration {newer[0]}. Check that code out first."
            )


def _is_newer(key: str) -> bool:
    """Whether a migration comes after all that this code has. A squashed one does not."""
    label, _, name = key.partition(".")
    known = [each for app, each in on_disk().disk_migrations if app == label]
    return bool(known) and name > max(known)
