"""The manifest of a dump: what its maker says of it, checked like a form.

A file may be forged. So the manifest decides nothing: it only refuses a file that can't become a tenant here. Under
which name, with whose files and in whose place the data is restored, the command line says.
"""

import json
import re
import sys
from dataclasses import asdict, dataclass, field, fields
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from manydb.core.aliases import is_tenant_name
from manydb.core.disk_migrations import on_disk
from manydb.core.routing import prefix
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.models import Hostname

FORMAT = 2

_DATA = re.compile(r"[a-z][a-z0-9_]{0,29}\.(sql|dump|sqlite3)")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MIGRATION = re.compile(r"\w+\.\w+")


def _version() -> str:
    return str(sys.modules[__name__.partition(".")[0]].__version__)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a dump holds. ``rows`` is the number of rows of each table; None if the dump could not count them.

    ``checksums`` are those of the archive's members. ``code`` names the member with views, triggers, routines and
    events, where they are apart from the data; empty if there are none.
    """

    tenant: str
    uuid: str
    engine: str  # sqlite, postgresql or mysql, as Django names them
    data: str  # the name of the dump in the archive
    code: str
    checksums: dict[str, str]
    made_at: str
    migrations: list[str]
    hostnames: list[str]
    rows: dict[str, int] | None
    project: str = field(default_factory=prefix)
    version: str = field(default_factory=_version)
    format: int = FORMAT

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Manifest":
        """Reads a manifest.

        Raises:
            ProvisioningError: it is of another format.
            ValueError or TypeError: ``to_json`` has not written this text.
        """
        said = json.loads(text)
        if not isinstance(said, dict) or not isinstance(said.get("format"), int):
            raise ValueError("There is no format.")
        if said["format"] != FORMAT:
            age = "a newer" if said["format"] > FORMAT else "an older"
            raise ProvisioningError(
                f"This dump has format {said['format']}, of {age} version of manydb; this one reads format "
                f"{FORMAT}. Restore it with the version that made it."
            )
        for each in fields(cls):
            _FORM[each.name](said[each.name])
        if said.keys() != _FORM.keys() or said["checksums"].keys() != {
            said["data"],
            said["code"],
        } - {""}:
            raise ValueError("There is something else.")
        return cls(**said)

    def check(self, engine: str) -> None:
        """Refuses a dump that can't become a tenant here.

        Raises:
            ProvisioningError: the dump is from another project, another engine, or newer code.
        """
        if self.project != prefix():
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


def _expect(is_right: bool) -> None:
    if not is_right:
        raise ValueError("The manifest is not one of dump_tenant.")


def _text(value: Any, most: int = 200) -> None:
    _expect(isinstance(value, str) and len(value) <= most)


def _matches(pattern: re.Pattern[str]) -> Any:
    return lambda value: _expect(isinstance(value, str) and bool(pattern.fullmatch(value)))


def _uuid(value: Any) -> None:
    _text(value)
    _expect(str(UUID(value)) == value)


def _each(values: Any, check: Any) -> None:
    _expect(isinstance(values, list))
    for value in values:
        check(value)


def _host(value: Any) -> None:
    _text(value, 253)
    try:
        Hostname(host=value).clean()
    except ValidationError as error:
        raise ValueError(str(error)) from None
    _expect(value == value.lower())


def _counts(value: Any) -> None:
    _expect(value is None or isinstance(value, dict))
    for table, count in (value or {}).items():
        _text(table)
        _expect(type(count) is int and count >= 0)


def _checksums(value: Any) -> None:
    _expect(isinstance(value, dict))
    for checksum in value.values():
        _matches(_SHA256)(checksum)


_FORM: dict[str, Any] = {
    "tenant": lambda value: _expect(isinstance(value, str) and is_tenant_name(value)),
    "uuid": _uuid,
    "engine": lambda value: _expect(value in ("sqlite", "postgresql", "mysql")),
    "data": _matches(_DATA),
    "code": lambda value: _expect(value in ("", "code.sql")),
    "checksums": _checksums,
    "made_at": _text,
    "migrations": lambda value: _each(value, _matches(_MIGRATION)),
    "hostnames": lambda value: _each(value, _host),
    "rows": _counts,
    "project": _text,
    "version": _text,
    "format": lambda value: None,
}
