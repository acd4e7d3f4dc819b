"""Variables in an ``.env`` file that its owner has written: everything else stays as it is."""

import re
from collections.abc import Mapping
from io import StringIO

try:
    from dotenv import dotenv_values
except ImportError:  # the project reads its .env in another way, if at all
    dotenv_values = None  # type: ignore[assignment, unused-ignore]


def set_variables(source: str, title: str, values: Mapping[str, str]) -> str:
    """The text of an ``.env`` file with these values, and without what it said of them before.

    Raises:
        ValueError: a value that this kind of file can't hold.
    """
    names = "|".join(map(re.escape, values))
    old = re.compile(rf"#?\s*(?:export\s+)?(?:{names})\s*=")
    kept = [line for line in source.splitlines() if not old.match(line) and line != f"# {title}"]
    text = "\n".join(kept).rstrip("\n")
    lines = [f"{name}={_quoted(value)}" for name, value in values.items()]
    changed = "\n".join([*([text, ""] if text else []), f"# {title}", *lines]) + "\n"
    read = None if dotenv_values is None else dotenv_values(stream=StringIO(changed))
    for name, value in values.items():
        if "${" in value or "\n" in value if read is None else read.get(name) != value:
            raise ValueError(
                f"an .env file can't hold the value of {name}, perhaps for a $ before a brace"
            )
    return changed


def mention_variables(source: str, title: str, names: Mapping[str, str]) -> str:
    """The text of ``.env.example`` with these variables as comments."""
    known = source.splitlines()
    if f"# {title}" in known:
        return source
    return (
        "\n".join([source.rstrip("\n"), "", f"# {title}", *(f"#{name}=" for name in names)]) + "\n"
    )


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'" if value else ""
