"""Prepared statements, which belong to a connection that the next transaction may not get."""

import re
from collections.abc import Callable
from typing import Any

from ..deployed import ComposePostgres, version
from ..lone_django import django
from .clients import through

PREPARE = """
    for number in range(3):
        connection.close()
        for again in range(3):
            Note.objects.filter(text="prepared?").count()
    print("done")
"""
BOUND = {"server_side_binding": True, "prepare_threshold": 0}


def executed(server: ComposePostgres, conversation: Callable[[], Any]) -> list[str]:
    """How each statement came: ``statement``, or ``execute`` and the name it was prepared under."""
    before = server.log.stat().st_size
    conversation()
    log = server.log.read_text()[before:]
    return re.findall(r"LOG:  (statement|execute [^:]*): SELECT COUNT.*'?prepared\?", log)


def test_the_preset_prepares_nothing(server, narrow, preset):
    came = executed(server, lambda: django(through(narrow, preset), PREPARE))
    assert came == ["statement"] * 9


def test_prepared_statements_need_a_newer_pgbouncer(narrow, program, preset):
    """manydb.W107: 1.21 learned to follow them, and 1.24 does so by default."""
    databases = through(narrow, preset, OPTIONS=BOUND)
    if version(program) >= (1, 24):
        assert django(databases, PREPARE) == "done"
    else:
        assert re.search(
            'prepared statement "_pg3_0" (already exists|does not exist)',
            django(databases, PREPARE, fails=True),
        )
