"""Models as a module's source."""

import textwrap
from typing import Any

from django.utils.text import camel_case_to_spaces

from manydb.legacy.choices import MODELS, Field
from manydb.legacy.model import Model, Plan
from manydb.legacy.rendering import WIDTH, literal, render
from manydb.legacy.spelling import spelled

# What tells a row from others, the best first: a person's title is that of others as well.
_NAMES = ("name", "full_name", "last_name", "title", "code")


def module(alias: str, plan: Plan, remarks: list[str]) -> str:
    """The whole module: the same database gives the same text, to the last character."""
    imports = sorted({path for model in plan.models for path in _paths(model)})
    lines = [
        f'"""Models of the legacy database ``{alias}``, written by ``manage.py inspect_legacy``."""',
        "",
        *(line for remark in remarks for line in _comment(remark)),
        *([""] if remarks else []),
        *_imports(imports),
    ]
    if plan.left_out:
        lines += ["", "# check_legacy_models does not miss a model of these."]
        lines += render(sorted(plan.left_out), "NOT_MODELLED = ").split("\n")
    for model in plan.models:
        lines += ["", "", *_model(alias, model)]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> list[str]:
    clean = "".join(character if character.isprintable() else " " for character in text)
    return textwrap.wrap(
        clean, WIDTH, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False
    )


def _imports(paths: list[str]) -> list[str]:
    """Django's first, then the engine's: both are packages of others to the project."""
    modules: dict[str, list[str]] = {}
    for path in paths:
        place, _, name = path.rpartition(".")
        modules.setdefault(place, []).append(name)
    django = [place for place in sorted(modules) if place.startswith("django.")]
    ours = [place for place in sorted(modules) if place not in django]
    lines = ["from django.db import models"]
    lines += [f"from {place} import {', '.join(modules[place])}" for place in django]
    for place in ours:
        line = f"from {place} import {', '.join(modules[place])}"
        if len(line) > WIDTH:
            line = "\n    ".join(
                [f"from {place} import (", *(f"{name}," for name in modules[place])]
            )
            line += "\n)"
        lines.append(line)
    return lines


def _paths(model: Model) -> set[str]:
    paths = {f"{__package__}.{base[:-5].lower()}.{base}"} if (base := _base(model)) else set()
    pending: list[Any] = list(model.fields.values())
    while pending:
        field = pending.pop()
        if isinstance(field, Field):
            paths.add(field.path)
            pending += [*field.arguments.values(), *field.positional]
    return {path for path in paths if path.rpartition(".")[0] != MODELS}


def _base(model: Model) -> str:
    """A class of the project that a model needs, or nothing."""
    if model.keyless:
        return "KeylessModel"
    return "TriggeredModel" if model.triggered else ""


def _model(alias: str, model: Model) -> list[str]:
    base = _base(model) or "models.Model"
    lines = [f"class {model.name}({base}):", f"    _DATABASE = {literal(alias)}", ""]
    if len(model.key) > 1:
        key = Field(
            f"{MODELS}.CompositePrimaryKey", positional=tuple(map(model.attribute, model.key))
        )
        lines += render(key, "    pk = ").split("\n")
    for name, field in model.fields.items():
        lines += render(field, f"    {name} = ").split("\n")
    lines += ["", "    class Meta:", "        managed = False"]
    schema, table = model.table.name
    # A name in quotes is taken as it is: the way to another schema than the search path's.
    place = f'"{schema}"."{table}"' if schema else table
    lines += render(spelled(place), "        db_table = ").split("\n")
    together = [
        tuple(model.columns[column] for column in columns)
        for columns in model.table.unique
        if len(columns) > 1 and set(columns) != set(model.key)
    ]
    if together:
        lines += render(together, "        unique_together = ").split("\n")
    words = camel_case_to_spaces(model.name)
    if words.endswith("s"):  # Django would call the rows of "orders" orderss
        lines.append(f"        verbose_name_plural = {literal(words)}")
    if model.keyless:
        return lines
    return [*lines, "", "    def __str__(self) -> str:", f"        return {_text_of(model)}"]


def _text_of(model: Model) -> str:
    texts = [
        name for name, field in model.fields.items() if field.kind in ("CharField", "TextField")
    ]
    exact = [name for name in _NAMES if name in texts]
    named = exact + [name for name in texts if name.endswith(("_name", "_title"))]
    return f"str(self.{named[0]} or self.pk)" if named else "str(self.pk)"
