"""What a backup of the fleet says of itself, checked like a form.

A folder may have come from anywhere. A name in it becomes a path only if it is that of a dump, and nothing else.
"""

import re
import sys
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from manydb.core.aliases import is_tenant_name
from manydb.core.routing import prefix
from manydb.tenants.models import Tenant

FORMAT = 1
FILE = re.compile(r"[a-z][a-z0-9_]{0,29}-[0-9a-f]{8}\.zip")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SERVED = (Tenant.State.READY, Tenant.State.SUSPENDED)


def now() -> str:
    """Returns this moment as the manifest writes moments."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Entry:
    """The dump of one tenant.

    ``begun_at`` and ``position`` (of its server) are from before the dump, ``made_at`` from after it. ``rows`` is
    None where the dump could not count them.
    """

    name: str
    uuid: str
    state: str
    server: str
    file: str
    bytes: int
    sha256: str
    begun_at: str
    made_at: str
    position: str
    rows: int | None

    FORM: ClassVar[dict[str, Any]] = {
        "name": lambda value: is_tenant_name(value),
        "uuid": lambda value: str(UUID(value)) == value,
        "state": lambda value: value in _SERVED,
        "server": lambda value: len(value) <= 50,
        "file": lambda value: bool(FILE.fullmatch(value)),
        "bytes": lambda value: type(value) is int and value >= 0,
        "sha256": lambda value: bool(_SHA256.fullmatch(value)),
        "begun_at": lambda value: bool(datetime.fromisoformat(value)),
        "made_at": lambda value: bool(datetime.fromisoformat(value)),
        "position": lambda value: len(value) <= 10_000,
        "rows": lambda value: value is None or (type(value) is int and value >= 0),
    }

    @classmethod
    def of(cls, content: Any) -> "Entry":
        """Reads an entry.

        Raises:
            ValueError, TypeError, KeyError or AttributeError: it is not one that a backup writes.
        """
        _check(cls.FORM, content)
        return cls(**content)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a complete backup holds.

    ``shared`` has the position of each shared database before and after all dumps; empty where an engine knows none.
    ``left_out`` are tenants without data of their own, such as one that is being made, each with the reason.
    """

    started_at: str
    finished_at: str
    shared: dict[str, dict[str, str]]
    left_out: dict[str, str]
    tenants: list[Entry]
    project: str = field(default_factory=prefix)
    version: str = field(default_factory=lambda: str(sys.modules["manydb"].__version__))
    format: int = FORMAT

    def as_json(self) -> dict[str, Any]:
        """Returns the contents in JSON's types."""
        return asdict(self)

    @classmethod
    def of(cls, content: Any) -> "Contents":
        """Reads contents. Raises what ``Entry.of`` raises."""
        if set(content) != {each.name for each in fields(cls)} or content["format"] != FORMAT:
            raise ValueError("It has another format.")
        for moment in (content["started_at"], content["finished_at"]):
            datetime.fromisoformat(moment)
        tenants = [Entry.of(each) for each in content["tenants"]]
        for names in ({each.name for each in tenants}, {each.uuid for each in tenants}):
            if len(names) != len(tenants):
                raise ValueError("A tenant is there twice.")
        return cls(**{**content, "tenants": tenants})


def _check(form: dict[str, Any], content: Any) -> None:
    if content.keys() != form.keys():
        raise ValueError("Another field.")
    for name, is_right in form.items():
        if not is_right(content[name]):
            raise ValueError(f"{name} is not right.")
