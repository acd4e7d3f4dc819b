"""Additions to lists in modules that their owner has written: everything else stays as it is."""

import ast
from collections.abc import Mapping

from manydb.legacy.rendering import WIDTH, literal


def call(name: str, positional: str, arguments: Mapping[str, object]) -> str:
    """``name("positional", key=value)`` as ruff would write it into a list."""
    parts = [literal(positional), *(f"{key}={literal(value)}" for key, value in arguments.items())]
    together = ", ".join(parts)
    if len(f"    {name}({together}),") <= WIDTH:
        return f"{name}({together})"
    inner = [together] if len(f"        {together}") <= WIDTH else [f"{part}," for part in parts]
    return "\n".join([f"{name}(", *(f"        {line}" for line in inner), "    )"])


def add_to_list(source: str, name: str, item: str) -> str:
    """The module with ``item`` as the last of its list ``name = [...]``.

    Raises:
        ValueError: the module has no such list, written out.
    """
    found = _list(source, name)
    if found is None or not found.end_lineno or found.end_col_offset is None:
        raise ValueError(f"there is no list {name} = [...] in it")
    lines = source.splitlines(keepends=True)
    last = lines[found.end_lineno - 1].encode()
    before, behind = (
        last[: found.end_col_offset - 1].decode(),
        last[found.end_col_offset - 1 :].decode(),
    )
    head = "".join(lines[: found.end_lineno - 1]) + before
    tail = behind + "".join(lines[found.end_lineno :])
    if not before.strip():  # the bracket has a line of its own
        changed = f"{head}    {item},\n{tail}"
    else:
        changed = f"{head}{', ' if found.elts else ''}{item}{tail}"
    if not _is_one_longer(found, _list(changed, name)):
        raise ValueError(f"the list {name} does not end in a comma")
    return changed


def _list(source: str, name: str) -> ast.List | None:
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return None
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
        if named and isinstance(value := getattr(node, "value", None), ast.List):
            return value
    return None


def _is_one_longer(before: ast.List, after: ast.List | None) -> bool:
    if after is None:
        return False
    kept = [ast.dump(item) for item in after.elts[:-1]]
    return kept == [ast.dump(item) for item in before.elts]
