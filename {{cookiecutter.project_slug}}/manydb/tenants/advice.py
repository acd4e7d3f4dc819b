"""What to do where no tenant is active, right for the place where the error is read."""

from manydb.core import migrating
from manydb.core.running_command import running_command
from manydb.patches import verified
from manydb.patches.server_cursors import is_tested

_ENTER = "enter tenant_context(<name>)"
_IN_RUNS = "databases_of_tests"  # the patch of the runner and the plugin, which import Django's tools of tests
_TESTS = (
    'run the tests with TEST_RUNNER = "manydb.testing.Runner", and those of pytest with '
    "-p manydb.testing.pytest_plugin, and name their tenant in TEST_TENANT."
)


def advice(label: str = "", otherwise: str = f"{_ENTER}.") -> str:
    """What follows "no tenant is active:", in a migration, in a command, or elsewhere.

    Args:
        label: the model that was used, if it was one.
        otherwise: what to do in code that neither migrates nor runs in a command.
    """
    if in_a_migration := migrating.advice(label):
        return in_a_migration
    if is_tested() and _IN_RUNS not in verified:
        return _TESTS
    if name := running_command():
        run = f"run python manage.py tenant_command <name> -- {name}"
        return f"{run}, or {_ENTER} in the command's code."
    return otherwise
