"""Finds in migrations what code of the release before can't live with, for it runs while they do, and for some time after.

The operations are looked at, and not their SQL, since no database has to be asked: a new column that old code does not
fill, a column or a table that it still reads, values that it still writes. A table that the same run creates is unknown to
old code. ``is_contract = True`` on a migration says that the release before uses none of what it takes away.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Set
from typing import Any

from django.db import connections, migrations
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, CheckConstraint, UniqueConstraint

from manydb.core.disk_migrations import Key, kept_with_migrations, on_disk
from manydb.core.operations import operations_here
from manydb.fleet.plans import kind_of

Finder = Callable[["Step"], Iterator[str]]
Model = tuple[str, str]  # app label, name in lower case

_LATER = "in a later release, with is_contract = True on its migration"
_SIZED = re.compile(r"(\w+)\((\d+)\)")
_WIDER = {"smallint": 1, "integer": 2, "bigint": 3}


class Step:
    """One operation, with what the models are before and after it."""

    def __init__(
        self, app: str, operation: Any, before: ProjectState, connection: BaseDatabaseWrapper
    ) -> None:
        self.app, self.operation, self.before, self.connection = app, operation, before, connection
        self.after = before.clone()
        operation.state_forwards(app, self.after)

    @property
    def model(self) -> Model:
        """The model that it changes, as it is called before."""
        operation = self.operation
        name = (
            getattr(operation, "old_name", None)
            if isinstance(operation, migrations.RenameModel)
            else None
        )
        return self.app, str(
            name or getattr(operation, "model_name", None) or operation.name
        ).lower()

    def field_before(self, name: str) -> Any:
        return self.before.models[self.model].fields[name]

    @property
    def is_postgresql(self) -> bool:
        return self.connection.vendor == "postgresql"


def breaks_old_code(alias: str, lacked: Iterable[Key]) -> list[str]:
    """Returns a sentence for each operation that does, in the migrations that a database lacks."""
    connection = connections[alias]
    kept = _kept(frozenset(lacked), connection.vendor, kind_of(alias))
    if not kept:
        kept.append([*_look(alias, frozenset(lacked), connection)])
    return kept[0]


@kept_with_migrations(maxsize=64)
def _kept(lacked: frozenset[Key], vendor: str, kind: str) -> list[list[str]]:
    """The cached place for what is found: tenants that lack the same share it."""
    return []


def _look(alias: str, lacked: Set[Key], connection: BaseDatabaseWrapper) -> Iterator[str]:
    state, created = ProjectState(), set[Model]()
    for key in _in_order():
        migration = on_disk().graph.nodes[key]
        if key in lacked and not _is_noted_only(migration, lacked):
            found: list[str] = []
            here = operations_here(alias, migration)
            for operation in migration.operations:
                step = Step(key[0], operation, state, connection)
                found += _of(step, created) if operation in here else ()
                state = step.after
            if not getattr(migration, "is_contract", False):
                yield from (f"{migration}: {each}" for each in found)
        else:
            state = migration.mutate_state(state, preserve=False)


def _in_order() -> Iterator[Key]:
    seen = set()
    for leaf in on_disk().graph.leaf_nodes():
        for key in on_disk().graph.forwards_plan(leaf):
            if key not in seen:
                seen.add(key)
                yield key


def _is_noted_only(migration: Any, lacked: Set[Key]) -> bool:
    """Whether its parts have all run, so that Django only notes it."""
    return bool(migration.replaces) and lacked.isdisjoint(migration.replaces)


def _of(step: Step, created: set[Model]) -> Iterator[str]:
    operation = step.operation
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        before = step.before
        for each in operation.database_operations:
            part = Step(step.app, each, before, step.connection)
            yield from _of(part, created)
            before = part.after
        return
    if isinstance(operation, migrations.CreateModel):
        created.add((step.app, operation.name_lower))
        return
    if isinstance(operation, migrations.RunPython | migrations.RunSQL):
        yield from _irreversible(step, created)
        return
    for kind, find in FINDERS.items():
        if isinstance(operation, kind):
            state = step.before.models.get(step.model)
            if step.model in created and isinstance(operation, migrations.RenameModel):
                created.add((step.app, operation.new_name_lower))
            elif state and step.model not in created and state.options.get("managed", True):
                yield from find(step)


def _column(field: Any, name: str) -> str:
    own = field.db_column
    return str(own or (f"{name}_id" if field.remote_field else name))


def _table(state: ProjectState, model: Model) -> str:
    found = state.models[model]
    return str(found.options.get("db_table") or f"{model[0]}_{model[1]}")


def _add_field(step: Step) -> Iterator[str]:
    field, name = step.operation.field, f"{step.operation.model_name}.{step.operation.name}"
    if field.many_to_many or field.null or getattr(field, "generated", False):
        return
    if field.db_default is NOT_PROVIDED:
        yield f"{name} is new, and old code inserts rows without it. Give it db_default, or null=True."


def _remove_field(step: Step) -> Iterator[str]:
    field = step.field_before(step.operation.name)
    if not field.many_to_many:
        yield (
            f"old code still reads {step.operation.model_name}.{step.operation.name}. Take the field out of the model "
            f"first, with SeparateDatabaseAndState, and drop the column {_LATER}."
        )
    else:
        yield (
            f"old code still reads {step.operation.model_name}.{step.operation.name}. Drop its table {_LATER}."
        )


def _rename_field(step: Step) -> Iterator[str]:
    old, new = step.operation.old_name, step.operation.new_name
    before = step.field_before(old)
    after = step.after.models[step.model].fields[new]
    if not before.many_to_many and _column(before, old) != _column(after, new):
        yield (
            f"old code still reads the column {_column(before, old)}. Keep it with "
            f'db_column="{_column(before, old)}" on the field.'
        )


def _rename_table(step: Step) -> Iterator[str]:
    operation = step.operation
    renamed = operation.new_name.lower() if isinstance(operation, migrations.RenameModel) else None
    before = _table(step.before, step.model)
    if before != _table(step.after, (step.app, renamed or step.model[1])):
        yield f'old code still reads the table {before}. Keep it with db_table = "{before}" in Meta.'


def _delete_model(step: Step) -> Iterator[str]:
    if not step.before.models[step.model].options.get("proxy"):
        yield f"old code still reads the table {_table(step.before, step.model)}. Drop it {_LATER}."


def _alter_field(step: Step) -> Iterator[str]:
    operation = step.operation
    name = f"{operation.model_name}.{operation.name}"
    before, after = step.field_before(operation.name), operation.field
    if before.many_to_many or after.many_to_many:
        return
    if before.null and not after.null:
        yield f"{name} becomes NOT NULL, and old code still writes NULL. Do it {_LATER}."
    if after.unique and not before.unique:
        yield f"{name} becomes unique, and old code may write a value twice. Do it {_LATER}."
    if _column(before, operation.name) != _column(after, operation.name):
        yield (
            f"old code still reads the column {_column(before, operation.name)}. Keep it with db_column."
        )
    types = [_type(field, step) for field in (before, after)]
    if None not in types and types[0] != types[1] and not _is_wider(str(types[0]), str(types[1])):
        yield (
            f"{name} becomes {types[1]}, and was {types[0]}: old code may write what no longer fits. Add a new field, "
            f"copy the values, and remove this one {_LATER}."
        )
    is_new = after.db_index and not before.db_index and not before.unique
    if step.is_postgresql and is_new:
        yield _BLOCKS.format(name)


def _type(field: Any, step: Step) -> str | None:
    return None if field.remote_field else field.db_type(step.connection)


def _is_wider(before: str, after: str) -> bool:
    if before in _WIDER and after in _WIDER:
        return _WIDER[before] < _WIDER[after]
    narrow, wide = _SIZED.fullmatch(before), _SIZED.fullmatch(after)
    if narrow and wide and narrow[1] == wide[1]:
        return int(narrow[2]) <= int(wide[2])
    return narrow is not None and narrow[1] in ("varchar", "char") and after in ("text", "longtext")


_BLOCKS = (
    "the index of {} blocks all writes while it is made. Make it with AddIndexConcurrently, in a migration with "
    "atomic = False."
)


def _add_index(step: Step) -> Iterator[str]:
    # That of django.contrib.postgres is derived from this one.
    if step.is_postgresql and type(step.operation).__name__ != "AddIndexConcurrently":
        yield _BLOCKS.format(step.operation.model_name)


def _add_constraint(step: Step) -> Iterator[str]:
    constraint = step.operation.constraint
    if isinstance(constraint, UniqueConstraint | CheckConstraint):
        yield (
            f"old code may still write rows that the constraint {constraint.name} refuses. Add it {_LATER}."
        )


def _unique_together(step: Step) -> Iterator[str]:
    before = step.before.models[step.model].options.get("unique_together") or ()
    if set(map(tuple, step.operation.option_value or ())) - set(map(tuple, before)):
        yield f"old code may still write rows that unique_together refuses. Add it {_LATER}."


def _irreversible(step: Step, created: Set[Model]) -> Iterator[str]:
    is_new = any(app == step.app for app, _ in created)
    if not step.operation.reversible and not is_new:
        kind = type(step.operation).__name__
        argument = "reverse_code" if kind == "RunPython" else "reverse_sql"
        yield f"{kind} can't be taken back. Give it {argument}, which may be {kind}.noop."


FINDERS: dict[type[Operation], Finder] = {
    migrations.AddField: _add_field,
    migrations.RemoveField: _remove_field,
    migrations.RenameField: _rename_field,
    migrations.RenameModel: _rename_table,
    migrations.AlterModelTable: _rename_table,
    migrations.DeleteModel: _delete_model,
    migrations.AlterField: _alter_field,
    migrations.AddIndex: _add_index,
    migrations.AddConstraint: _add_constraint,
    migrations.AlterUniqueTogether: _unique_together,
}
