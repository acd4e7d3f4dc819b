"""What tests on several databases need and Django does not bring.

* Replica aliases see the primary's uncommitted rows. Django's ``TEST["MIRROR"]`` opens a second
  connection, which sees nothing of the transaction that ``TestCase`` runs in.
* A test that may use an alias may use its replica: no test has to name ``_RO``.
* Unmanaged tables exist in test databases, and a database that is only read elsewhere can be filled there.
  ``LegacyTransactionTestCase`` empties unmanaged tables after a test.

``TEST_RUNNER = "manydb.testing.Runner"`` brings it to ``manage.py test``. To pytest ``pytest_plugin`` brings it:
by itself where manydb is installed as a distribution, and with ``pytest_plugins =
["manydb.testing.pytest_plugin"]`` in ``conftest.py`` where it is a folder of the project.
"""

from typing import TYPE_CHECKING

from manydb.core.later import later

if TYPE_CHECKING:
    from manydb.testing.fixtures import load_fixture
    from manydb.testing.legacy_cases import LegacyTransactionTestCase
    from manydb.testing.mirrors import install_mirrors
    from manydb.testing.new_members import member
    from manydb.testing.runner import Runner
    from manydb.testing.unmanaged_tables import prepare
    from manydb.testing.used_aliases import aliases_used, assert_reads_from

__all__ = [
    "LegacyTransactionTestCase",
    "Runner",
    "aliases_used",
    "assert_reads_from",
    "install_mirrors",
    "load_fixture",
    "member",
    "prepare",
]

# Imported when they are asked for: pytest loads its plugin before there are settings.
__getattr__ = later(
    __name__,
    {
        "LegacyTransactionTestCase": "manydb.testing.legacy_cases",
        "Runner": "manydb.testing.runner",
        "aliases_used": "manydb.testing.used_aliases",
        "assert_reads_from": "manydb.testing.used_aliases",
        "install_mirrors": "manydb.testing.mirrors",
        "load_fixture": "manydb.testing.fixtures",
        "member": "manydb.testing.new_members",
        "prepare": "manydb.testing.unmanaged_tables",
    },
)
