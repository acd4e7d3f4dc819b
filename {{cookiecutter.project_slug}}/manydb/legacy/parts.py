"""The models of a large database in parts, each of which can be made into classes without the others."""

from collections.abc import Iterator
from dataclasses import replace

from manydb.legacy.choices import Field, model_field
from manydb.legacy.model import Model

SIZE = 200
_STAND_IN = model_field("IntegerField")


def parts(models: list[Model]) -> Iterator[tuple[list[Model], list[Model]]]:
    """``SIZE`` models each time, and outlines of those to which they refer."""
    named = {model.name: model for model in models}
    for first in range(0, len(models), SIZE):
        part = models[first : first + SIZE]
        inside = {model.name for model in part}
        outlines: dict[str, Model] = {}
        pending = [name for model in part for name in _targets(model)]
        while pending:
            name = pending.pop()
            if name not in inside and name not in outlines:
                outlines[name] = _outline(named[name])
                pending += _targets(outlines[name])
        yield part, list(outlines.values())


def _targets(model: Model) -> Iterator[str]:
    for field in model.fields.values():
        target = _target(field)
        if target and target != "self":
            yield target


def _target(field: Field) -> str:
    """The name of the model to which a field leads."""
    return (
        field.positional[0]
        if field.kind in ("ForeignKey", "OneToOneField", "ForeignObject")
        else ""
    )


def _outline(model: Model) -> Model:
    """The model with all names, and of its relations those by which rows of others refer to it."""
    columns = {column for key in (model.key, *model.table.unique) for column in key}
    kept = {name for column, name in model.columns.items() if column in columns}
    return replace(
        model,
        fields={
            name: field if name in kept or not _target(field) else _STAND_IN
            for name, field in model.fields.items()
        },
    )
