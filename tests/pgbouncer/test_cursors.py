"""Server-side cursors, which do not outlive a transaction behind PgBouncer."""

import re
from types import ModuleType
from typing import Any

from ..deployed import DeployedPgBouncer
from ..lone_django import django
from .clients import through

ITERATE = """
    rows = Note.objects.iterator(chunk_size=50)
    read = [next(rows)]
    with transaction.atomic("other"):  # it gets the server connection that has just become free
        Note.objects.using("other").select_for_update().first()
        read.extend(rows)
    print(len(read))
"""


def test_iterator_reads_all_rows_while_others_work(bouncer, preset):
    assert django(two_clients(bouncer, preset), ITERATE) == "5000"


def test_iterator_loses_a_server_side_cursor(bouncer, preset):
    """manydb.E103"""
    databases = two_clients(bouncer, preset, DISABLE_SERVER_SIDE_CURSORS=False)
    said = django(databases, ITERATE, fails=True)
    assert re.search('cursor "_django_curs_.*" does not exist', said)


def two_clients(
    pooler: DeployedPgBouncer, preset: ModuleType, **changes: Any
) -> dict[str, dict[str, Any]]:
    first, second = (through(pooler, preset, **changes) for _ in range(2))
    return first | {"other": second["default"]}
