"""Which management command this code runs in, for the advice in errors."""

from contextvars import ContextVar

# These run code of others, whose errors are about that code.
_HOSTS = {"runserver", "runserver_plus", "shell", "shell_plus", "test", "testserver"}

name_of_command: ContextVar[str] = ContextVar("running_command", default="")


def running_command() -> str:
    """The name of the command, or "" outside of commands, in shells, servers and tests."""
    name = name_of_command.get()
    return "" if name in _HOSTS else name
