"""What a run would change in a database: the migrations that do something there, and what each does."""

from dataclasses import dataclass, field

from django.db.migrations import RunPython
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation

from manydb.core.direct import passing
from manydb.core.disk_migrations import Key, kept_with_migrations, target_databases
from manydb.core.operations import operations_here
from manydb.core.routing import facts


@dataclass(frozen=True, slots=True)
class Plan:
    """The operations of each migration that changes the database, and how many are only recorded there."""

    changes: dict[str, list[str]] = field(default_factory=dict)
    recorded: int = 0

    def __str__(self) -> str:
        changing = _counted(len(self.changes), "changes", "change")
        recorded = _counted(self.recorded, "is", "are")
        if not self.changes:
            return f"nothing changes, {recorded} only recorded"
        more = f", {recorded} only recorded" if self.recorded else ""
        return f"{changing} it{more}"

    def lines(self) -> list[str]:
        """The migrations that change the database, with their operations."""
        return [
            line
            for name, operations in self.changes.items()
            for line in (f"    {name}", *(f"        {each}" for each in operations))
        ]


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} migration{'' if number == 1 else 's'} {one if number == 1 else several}"


def plan_of(alias: str, lacked: list[Key]) -> Plan:
    """The plan for a database that lacks these migrations.

    It is the same for all tenants that lack the same, so it is made once for them, unless an operation names
    the alias. Raises what ``operations_here`` raises.
    """
    plans = _plans(frozenset(lacked), kind_of(alias))
    if not plans:
        plans.append(_made(alias, lacked))
    return plans[0]


@kept_with_migrations()
def _plans(lacked: frozenset[Key], kind: str) -> list[Plan]:
    """The cached list for the plan of databases of a kind."""
    return []


def kind_of(alias: str) -> str:
    """Returns what a plan is shared by: "" for all tenants, or the alias."""
    is_any_tenant = facts(alias).get("TENANT") and alias not in target_databases()
    return "" if is_any_tenant else alias


def _made(alias: str, lacked: list[Key]) -> Plan:
    with passing(alias) as connection:
        executor = MigrationExecutor(connection)
        steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
    here = {str(migration): operations_here(alias, migration) for migration, _ in steps}
    changes = {name: [_described(each) for each in done] for name, done in here.items() if done}
    # A squashed migration whose parts have all run is no step, and is recorded.
    return Plan(changes, recorded=len(here) - len(changes) if here else len(lacked))


def _described(operation: Operation) -> str:
    if isinstance(operation, RunPython):
        return f"{operation.describe()} {getattr(operation.code, '__name__', '')}".rstrip()
    return operation.describe()
