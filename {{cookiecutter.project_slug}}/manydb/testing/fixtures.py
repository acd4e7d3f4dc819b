"""Rows for tests, out of a file."""

import json
from pathlib import Path

from django.core import serializers


def load_fixture(path: Path | str, using: str) -> int:
    """Loads a JSON fixture into one database, unmanaged models included.

    ``loaddata`` asks the router whether a model may be *migrated* there, loads nothing of an
    unmanaged model, and says so only in a count.

    Returns:
        how many objects were loaded.
    """
    objects = json.loads(Path(path).read_text(encoding="utf-8"))
    loaded = list(serializers.deserialize("python", objects, using=using))
    for item in loaded:
        item.save(using=using)
    return len(loaded)
