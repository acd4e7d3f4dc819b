"""From an alias to a module that was tried."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.legacy.choices import SHOWN_ONLY
from manydb.legacy.former import Former, former
from manydb.legacy.introspect import introspect
from manydb.legacy.kept import Kept
from manydb.legacy.model import Plan
from manydb.legacy.plan import plan
from manydb.legacy.project_tables import own_tables
from manydb.legacy.proof import prove
from manydb.legacy.source import bases, module
from manydb.legacy.tables import Found, Table


@dataclass(frozen=True, slots=True)
class Written:
    """The module's source, and what its reader should know: also the comment at its beginning."""

    source: str
    remarks: list[str]
    models: int
    new: list[
        tuple[str, str]
    ]  # of tables without a class yet: its name, and that of its abstract class


def write(
    connection: BaseDatabaseWrapper,
    progress: Callable[[str, int, int], None],
    *,
    thorough: bool = False,
    kept: Kept | None = None,
    former_source: str | None = None,
) -> Written:
    """The models of a database. A model that can't be used is taken out again, with the reason.

    Args:
        kept: what they are called already, and how others are to be named.
        former_source: that of the abstract classes of an app before, "" if there are none yet; None for models
            that are complete.

    Raises:
        ValueError: there is nothing that could be modelled, or no dialect for the engine.
    """
    kept = kept or Kept()
    found = introspect(connection, progress=progress, thorough=thorough)
    found = replace(found, tables=_others(connection.alias, found))
    while True:
        planned = plan(found, kept)
        remarks = _remarks(connection, planned) + _unread(found)
        failed, doubts = prove(planned, remarks, connection, unread=found.slow)
        if not failed:
            break
        # Others may refer to it, so the plan is made again without it.
        usable = [table for table in found.tables if table.label not in failed]
        found = replace(found, tables=usable, unreadable=found.unreadable | failed)
    if not planned.models:
        reasons = "".join(f"\n{name}: {why}" for name, why in planned.left_out.items())
        raise ValueError(f"{connection.alias} has no table that could be modelled.{reasons}")
    remarks += [f"Check: {doubt}" for doubt in doubts]
    if former_source is None:
        source = module(connection.alias, planned, remarks)
    else:
        source = bases(connection.alias, planned, remarks, _former(former_source, planned, kept))
    new = [(model.name, model.base) for model in planned.models if model.kept is None]
    return Written(source, remarks, len(planned.models), new)


def _others(alias: str, found: Found) -> list[Table]:
    """The tables that other software made: not those of this project's own models."""
    own = own_tables(alias)
    return [table for table in found.tables if (table.name[0], table.name[1].lower()) not in own]


def _former(source: str, planned: Plan, kept: Kept) -> Former:
    """The classes of tables that are not there, as long as the owner has classes of them."""
    bases = {model.base for model in planned.models}
    return former(source, {it.base for it in kept.models.values() if it.name} - bases)


def _remarks(connection: BaseDatabaseWrapper, planned: Plan) -> list[str]:
    remarks = [f"Left out: {name}: {why}." for name, why in sorted(planned.left_out.items())]
    if planned.prefix:
        remarks.append(
            f'Names: those of all tables begin with "{planned.prefix}", which classes leave out; adopted with '
            '--prefix "" they keep it.'
        )
    remarks += [
        f"Read-only: {model.table.label} ({model.name}) {'is a view' if model.table.view else 'has no key'}:"
        f" use {model.name}.objects.filter() and values(); {model.columns[model.key[0]]} stands in for "
        "a primary key and may repeat."
        for model in planned.models
        if model.keyless
    ]
    remarks += [
        f"Read-only: {model.table.label}.{column} is shown as the server's text; other values are refused."
        for model in planned.models
        for column, name in model.columns.items()
        if model.fields[name].kind in SHOWN_ONLY
    ]
    remarks += [
        f"Order: {model.table.label}.{column} has a collation that this SQLite lacks. Look-ups compare characters, "
        "without an index; to write it, give the connection its create_collation() in a receiver of connection_created."
        for model in planned.models
        for column, name in model.columns.items()
        if model.fields[name].kind == "UncollatedTextField"
    ]
    remarks += [f"No relation: {note}." for note in sorted(planned.notes)]
    if triggered := sorted(model.table.label for model in planned.models if model.triggered):
        remarks.append(
            f"Triggers: saving a row of {', '.join(triggered)} changes more than it says, or sends what a foreign key "
            "refuses, so a row is read again after a save, and one that is saved as it was read is not sent."
        )
    return remarks + _time_zone(connection, planned)


def _unread(found: Found) -> list[str]:
    return [
        f"Not read: {label}: {reason}, so only its declared types are known; --thorough waits for it."
        for label, reason in found.slow.items()
    ] + [
        f"Sampled: {label}: its first and last {some:,} rows decided on the fields; --thorough reads all."
        for label, some in found.sampled.items()
    ]


def _time_zone(connection: BaseDatabaseWrapper, planned: Plan) -> list[str]:
    kinds = {"NaiveDateTimeField", "StoredDateTimeField", "ZeroDateTimeField"}
    if connection.vendor != "postgresql":
        kinds.add("DateTimeField")
    naive = [
        f"{model.table.label}.{column}"
        for model in planned.models
        for column, name in model.columns.items()
        if model.fields[name].kind in kinds
    ]
    if not naive or not settings.USE_TZ:
        return []
    zone = connection.settings_dict["TIME_ZONE"]
    said = f'TIME_ZONE "{zone}"' if zone else "no TIME_ZONE, so they are read as UTC"
    return [
        f"Time zone: {len(naive)} columns hold times without a zone ({naive[0]} is the first). The alias "
        f'"{connection.alias}" has {said}: if their writer meant another zone, give it a time_zone on its line in '
        "settings/databases.py, or every time is off by the difference."
    ]
