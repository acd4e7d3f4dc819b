"""Texts about commands that have not finished, made from the columns of a tenant's row."""

from manydb.tenants.models import Tenant

Command = Tenant.Command

_LINES = {
    Command.CREATE: "create_tenant {row.name}",
    Command.CLONE: "clone_tenant {row.source} {row.name}",
    Command.RESTORE: "restore_tenant FILE --name {row.name}",
    Command.REPLACE: "restore_tenant FILE --name {row.name} --replace",
    Command.MOVE: "move_tenant {row.name} --to {server}",
    Command.MOVE_BACK: "move_tenant {row.name} --back",
    Command.DROP: "drop_tenant {row.name}",
    Command.MIGRATE: "migrate_databases --only {alias}",
    Command.ADOPT: "adopt_tenant {row.name} --database {row.database}",
    Command.ADOPT_BACK: "adopt_tenant {row.name} --back",
}
_MAKES_A_TENANT = (Command.CREATE, Command.CLONE, Command.RESTORE)


def command_line(row: Tenant) -> str:
    """Returns the unfinished command as it is typed; empty if there is none."""
    line = _LINES[Command(row.command)] if row.command else ""
    return line.format(row=row, server=row.other_server or "default", alias=row.name.upper())


def next_step(row: Tenant) -> str:
    """Returns what to do about a command that has not finished, in one or two sentences."""
    drop = f"drop_tenant {row.name} to remove what exists of it."
    if not row.command:
        return f"Run {drop}"
    again = f"Run {command_line(row)} again to continue"
    if row.command in _MAKES_A_TENANT:
        return f"{again}, or {drop}"
    if row.command == Command.ADOPT:
        back = Command.ADOPT_BACK
        return f"{again}, or {_LINES[back].format(row=row)} to leave the database as it was."
    if row.command == Command.MIGRATE or row.state == Tenant.State.DROPPING:
        return f"{again}."
    return f"{again}, or resume_tenant {row.name} to serve it from the database that it has."
