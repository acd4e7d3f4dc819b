"""Models as a module's source."""

import textwrap
from collections.abc import Iterable
from typing import Any

from django.utils.text import camel_case_to_spaces

from manydb.legacy.choices import MODELS, TEXTS, Field
from manydb.legacy.english import plural_of_last
from manydb.legacy.former import Former
from manydb.legacy.kept import GENERATED
from manydb.legacy.model import Model, Plan
from manydb.legacy.rendering import WIDTH, literal, render
from manydb.legacy.spelling import spelled

# What tells a row from others, the best first: a person's title is that of others as well.
_NAMES = ("name", "full_name", "last_name", "title", "code")


def module(alias: str, plan: Plan, remarks: list[str]) -> str:
    """The whole module: the same database gives the same text, to the last character."""
    head = (
        f'"""Models of the legacy database ``{alias}``, written by ``manage.py inspect_legacy``."""'
    )
    lines = _head(head, plan, remarks, set())
    for model in plan.models:
        lines += ["", "", *_model(alias, model)]
    return "\n".join(lines) + "\n"


def bases(alias: str, plan: Plan, remarks: list[str], former: Former) -> str:
    """The module of an app's abstract classes, with those ``former`` ones whose tables are gone."""
    head = (
        f'"""The tables of the legacy database ``{alias}``, written again by ``manage.py inspect_legacy``.\n\n'
        "Don't edit it: a refresh replaces it. Your names, methods and relations belong into models.py.\n"
        '"""'
    )
    lines = _head(head, plan, remarks, former.imports)
    lines += ["", f"PREFIX = {literal(plan.prefix)}", f"SINGULAR = {plan.singular}"]
    for model in plan.models:
        lines += ["", "", *_model(alias, model, abstract=True)]
    for text in former.classes:
        lines += [
            "",
            "",
            "# Its table is not there: remove its class from models.py, then this one.",
            text,
        ]
    return "\n".join(lines) + "\n"


def classes(names: Iterable[tuple[str, str]]) -> str:
    """Classes of the owner's, each with the abstract one that it is derived from."""
    return "".join(f"\n\nclass {name}({GENERATED}.{base}):\n    pass\n" for name, base in names)


def _not_related(plan: Plan) -> tuple[str, ...]:
    return tuple(sorted({f"{note.partition('): ')[0]})" for note in plan.notes}))


def _head(head: str, plan: Plan, remarks: list[str], more: set[str]) -> list[str]:
    imports = sorted({path for model in plan.models for path in _paths(model)} | more)
    lines = [
        head,
        "",
        *(line for remark in remarks for line in _comment(remark)),
        *([""] if remarks else []),
        *_imports(imports),
    ]
    absent = sorted([*plan.left_out, *(each.table.label for each in plan.models if each.hidden)])
    if absent:
        lines += ["", "# check_legacy_models does not miss a model of these."]
        lines += render(absent, "NOT_MODELLED = ").split("\n")
    lines += ["", "# Foreign keys without a relation."]
    return lines + render(_not_related(plan), "NOT_RELATED = ").split("\n")


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


def _model(alias: str, model: Model, *, abstract: bool = False) -> list[str]:
    base = _base(model) or "models.Model"
    name = model.base if abstract else model.name
    lines = [f"class {name}({base}):", f"    _DATABASE = {literal(alias)}", ""]
    if len(model.key) > 1:
        key = Field(
            f"{MODELS}.CompositePrimaryKey", positional=tuple(map(model.attribute, model.key))
        )
        lines += render(key, "    pk = ").split("\n")
    for name, field in model.fields.items():
        lines += render(field, f"    {name} = ").split("\n")
    lines += ["", "    class Meta:", *(["        abstract = True"] if abstract else [])]
    lines.append("        managed = False")
    schema, table = model.table.name
    # A name in quotes is taken as it is: the way to another schema than the search path's.
    place = f'"{schema}"."{table}"' if schema else table
    lines += render(spelled(place), "        db_table = ").split("\n")
    if model.table.comment:
        lines += render(model.table.comment, "        db_table_comment = ").split("\n")
    together = [
        tuple(model.columns[column] for column in columns)
        for columns in model.table.unique
        if len(columns) > 1 and set(columns) != set(model.key)
    ]
    if together:
        lines += render(together, "        unique_together = ").split("\n")
    words = camel_case_to_spaces(model.name)
    if (many := plural_of_last(words)) != f"{words}s":  # Django's would be categorys, and orderss
        lines += render(many, "        verbose_name_plural = ").split("\n")
    if model.keyless:
        return lines
    return [*lines, "", "    def __str__(self) -> str:", f"        return {_text_of(model)}"]


def _text_of(model: Model) -> str:
    texts = [name for name, field in model.fields.items() if field.kind in TEXTS]
    exact = [name for name in _NAMES if name in texts]
    named = exact + [name for name in texts if name.endswith(("_name", "_title"))]
    return f"str(self.{named[0]} or self.pk)" if named else "str(self.pk)"
