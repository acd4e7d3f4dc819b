"""What tests on several databases need and Django does not bring.

* Replica aliases see the primary's uncommitted rows. Django's ``TEST["MIRROR"]`` opens a second
  connection, which sees nothing of the transaction that ``TestCase`` runs in.
* A test that may use an alias may use its replica: no test has to name ``_RO``.
* Unmanaged tables exist in test databases.

``Runner`` brings it to ``manage.py test``, ``tests/conftest.py`` to pytest.
"""

from manydb.testing.fixtures import load_fixture
from manydb.testing.mirrors import install_mirrors
from manydb.testing.runner import Runner
from manydb.testing.unmanaged_tables import prepare
from manydb.testing.used_aliases import aliases_used, assert_reads_from

__all__ = [
    "Runner",
    "aliases_used",
    "assert_reads_from",
    "install_mirrors",
    "load_fixture",
    "prepare",
]
