"""Values as Python source, formatted as ruff would."""

from typing import Any

from manydb.legacy.choices import MODELS, Field
from manydb.legacy.model import DO_NOTHING

WIDTH = 100


def render(value: Any, head: str, tail: str = "") -> str:
    """``head`` and the value: on one line if it fits, else opened as ruff opens brackets."""
    flat = f"{head}{literal(value)}{tail}"
    if len(flat) <= WIDTH:
        return flat
    indent = " " * (len(head) - len(head.lstrip()))
    inner = f"{indent}    "
    if isinstance(value, Field) and value != DO_NOTHING:
        arguments = [("", item) for item in value.positional]
        arguments += [(f"{name}=", item) for name, item in value.arguments.items()]
        together = inner + ", ".join(name + literal(item) for name, item in arguments)
        opening, closing = f"{_callee(value)}(", ")"
        if len(together) <= WIDTH:
            return f"{head}{opening}\n{together}\n{indent}{closing}{tail}"
    elif isinstance(value, list | tuple) and value:
        arguments = [("", item) for item in value]
        opening, closing = ("[", "]") if isinstance(value, list) else ("(", ")")
    else:
        return flat
    lines = [render(item, f"{inner}{name}", ",") for name, item in arguments]
    return "\n".join([f"{head}{opening}", *lines, f"{indent}{closing}{tail}"])


def literal(value: Any) -> str:
    """The value on one line."""
    if value == DO_NOTHING:
        return "models.DO_NOTHING"
    if isinstance(value, Field):
        parts = [literal(item) for item in value.positional]
        parts += [f"{name}={literal(item)}" for name, item in value.arguments.items()]
        return f"{_callee(value)}({', '.join(parts)})"
    if isinstance(value, list | tuple):
        items = ", ".join(literal(item) for item in value)
        if isinstance(value, list):
            return f"[{items}]"
        return f"({items},)" if len(value) == 1 else f"({items})"
    return _string(value) if isinstance(value, str) else repr(value)


def _callee(field: Field) -> str:
    place, _, name = field.path.rpartition(".")
    return f"models.{name}" if place == MODELS else name


def _string(text: str) -> str:
    """In double quotes, unless that takes more backslashes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    escaped = (
        f"\\{character}"
        if character in (quote, "\\")
        else character
        if character.isprintable()
        else repr(character)[1:-1]
        for character in text
    )
    return f"{quote}{''.join(escaped)}{quote}"
