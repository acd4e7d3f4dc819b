"""The result for one database, in a form that can be sent between processes."""

from dataclasses import dataclass, field

from django.db import connections

from manydb.core.credentials import without_passwords
from manydb.core.database_identity import is_no_database
from manydb.core.disk_migrations import Key, missing
from manydb.core.locks import Locked
from manydb.core.members import Member, fleet
from manydb.core.pending_migrations import pending_directly
from manydb.fleet.migrate import migrate
from manydb.fleet.plans import Plan, plan_of
from manydb.fleet.targets import Target, steps_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """``lacked`` names the migrations that the database did not have; ``error`` says why it failed.

    ``plan`` is what the missing ones would do, if that was asked for. ``unclaimed``: the database does not say
    whose it is, and says it once it was migrated. ``by_catalog``: the catalog says that nothing is missing, and the
    database was not asked. ``backwards``: the migrations are taken back. ``busy``: another run, or another command, is
    working on it; ``error`` says which.
    """

    member: Member
    lacked: list[Key] = field(default_factory=list)
    error: str = ""
    plan: Plan | None = None
    unclaimed: bool = False
    by_catalog: bool = False
    backwards: bool = False
    busy: bool = False


def pending_of(member: Member, *, planned: bool = False, target: Target | None = None) -> Outcome:
    """Returns what a database lacks, with a plan if that is wanted, and changes nothing."""
    if member.why_not:
        return Outcome(member)
    try:
        if target:
            steps, backwards = steps_of(member.alias, target)
            return Outcome(member, steps, backwards=backwards)
        said: list[bool] = []
        lacked = pending_directly(
            member.alias,
            lambda session, error: said.append(fleet().has_identity(member, session, error)),
        )
        if lacked and lacked == missing(set()) and (why := fleet().lost(member)):
            return Outcome(member, error=why)
        plan = plan_of(member.alias, lacked) if planned and lacked else None
        return Outcome(member, lacked, plan=plan, unclaimed=False in said)
    except Exception as error:  # one database must not stop the others
        return Outcome(member, error=_text_of(member.alias, error))


def migrate_member(member: Member, wait: float, target: Target | None = None) -> Outcome:
    """Migrates a database that no other command is working on, and returns the result."""
    try:
        with fleet().locked(member, wait):
            return Outcome(member, migrate(member.alias, wait, target))
    except Exception as error:  # a migration can raise anything
        busy = isinstance(error.__cause__, Locked)
        return Outcome(member, error=_text_of(member.alias, error), busy=busy)


def _text_of(alias: str, error: Exception) -> str:
    """Returns the error on one line, without the password."""
    said = " ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
    if is_no_database(error.__cause__ or error):
        said += " Run python manage.py deploy_databases or, in development, bootstrap."
    return " ".join(without_passwords(said, connections.settings.get(alias, {})).split())
