"""Whether a transaction is the one that ``TestCase`` wraps around each test.

Django marks its ``atomic()`` block, for ``atomic(durable=True)`` of the code under test, and documents no way to
ask. Upstream ticket: 33161, of which the mark is a part.
"""

import sys

from django.db.transaction import Atomic

from manydb.patches import Patch, has, uses


def is_of_testcase(block: Atomic) -> bool:
    """Whether this block is a test's own, not one of the code under test."""
    return bool(block._from_testcase)  # type: ignore[attr-defined]


def _expects() -> None:
    has(Atomic(None, True, False), "_from_testcase", "savepoint")
    if testcases := sys.modules.get("django.test.testcases"):  # in tests, which verify it once more
        uses(testcases.TestCase._enter_atomics, "_from_testcase")


PATCH = Patch("transactions_of_tests", tried=("5.2", "6.1"), expects=_expects)
