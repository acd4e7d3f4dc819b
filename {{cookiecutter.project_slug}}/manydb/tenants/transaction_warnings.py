"""Reports in tests what a failure would not roll back: writes to a tenant while only ``default`` is in ``atomic()``.

Active where ``REPORT_TRANSACTIONS_ELSEWHERE`` is true, which is in testing. To fail on it instead:
``filterwarnings = ["error::manydb.tenants.transactions.TransactionElsewhere"]`` for pytest.
"""

import inspect
import warnings
from pathlib import Path
from types import FrameType
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.core.conf import conf
from manydb.core.placement import shared_alias
from manydb.core.project import base_dir, engine_dir
from manydb.core.statements import only_reads
from manydb.patches.driver_cursors import add_check
from manydb.patches.transactions_of_tests import is_of_testcase


class TransactionElsewhere(UserWarning):
    """A tenant's row is written inside ``atomic()`` on ``default``, which does not hold it."""


def report_write(connection: BaseDatabaseWrapper, sql: object) -> None:
    """A check of statements that don't only read, for tenants' connections: it warns and lets all pass."""
    if _in_transaction(connections[shared_alias()]) and not _in_transaction(connection):
        _warn(
            f"{connection.alias} is written to inside atomic() on default, which does not roll it back: "
            "use tenant_atomic(), or both."
        )


@receiver(connection_created)
def watch_tenant(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if conf.REPORT_TRANSACTIONS_ELSEWHERE and connection.settings_dict.get("TENANT"):
        add_check(connection, report_write, only_reads)


def _in_transaction(connection: Any) -> bool:
    """Whether the code under test opened one. Django's own short ones have no savepoint."""
    return any(block.savepoint and not is_of_testcase(block) for block in connection.atomic_blocks)


def _warn(message: str) -> None:
    """Warns at the line of the project's own code that led here."""
    frame: FrameType | None = inspect.currentframe()
    while frame is not None and not _is_the_projects(Path(frame.f_code.co_filename)):
        frame = frame.f_back
    place = (frame.f_code.co_filename, frame.f_lineno) if frame else (__file__, 1)
    warnings.warn_explicit(message, TransactionElsewhere, *place)


def _is_the_projects(path: Path) -> bool:
    return (
        path.is_relative_to(base_dir())
        and "site-packages" not in path.parts
        and not path.is_relative_to(engine_dir())
    )
