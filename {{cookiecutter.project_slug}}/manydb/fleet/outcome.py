"""How it went with one database, in a form that can be sent from process to process."""

from dataclasses import dataclass, field

from django.db import connections

from manydb.core.disk_migrations import Key
from manydb.core.members import Member, fleet
from manydb.core.pending_migrations import glance
from manydb.fleet.migrate import migrate


@dataclass(frozen=True, slots=True)
class Outcome:
    """``lacked`` names the migrations that the database did not have; ``error`` says why it failed."""

    member: Member
    lacked: list[Key] = field(default_factory=list)
    error: str = ""


def look(member: Member) -> Outcome:
    """What a database lacks. Nothing is changed."""
    if member.why_not:
        return Outcome(member)
    try:
        return Outcome(member, glance(member.alias))
    except Exception as error:  # whatever is wrong with one database must not stop the others
        return Outcome(member, error=_said(member.alias, error))


def bring_on(member: Member, wait: float) -> Outcome:
    """Brings a database up to date; see ``migrate``."""
    try:
        with fleet().locked(member, wait):
            return Outcome(member, migrate(member.alias, wait))
    except Exception as error:  # nor must what a migration raises
        return Outcome(member, error=_said(member.alias, error))


def _said(alias: str, error: Exception) -> str:
    """What went wrong, in one line and without the password."""
    said = " ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
    secret = str(connections.settings.get(alias, {}).get("PASSWORD") or "")
    return " ".join((said.replace(secret, "***") if secret else said).split())
