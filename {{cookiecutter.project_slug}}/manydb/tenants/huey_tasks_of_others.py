"""Huey's tasks, which were not written for tenants: with TENANT_DEFAULT each works for the tenant who sent it.

A message of Huey holds the arguments and nothing else, so the tenant is one of them, which the worker takes out again.
Tasks and handlers that follow get it when the first one is sent. One that was sent without a tenant, such as a periodic one,
has none.
"""

from typing import Any

from huey.contrib.djhuey import HUEY
from huey.signals import SIGNAL_ENQUEUED

from manydb.tenants.context import current_tenant
from manydb.tenants.envelope import opened, sealed

_ARGUMENT = "_tenant"
_ENTERED = "manydb_tenant"


def mark(signal: str, task: Any) -> None:
    """Has a task, and those that follow it, carry the active tenant."""
    if current_tenant() is None:
        return
    envelope, waiting = sealed(task.name), [task]
    while waiting:
        each = waiting.pop()
        each.kwargs = {_ARGUMENT: envelope, **each.kwargs}
        callback = getattr(getattr(each, "chord_config", None), "callback", None)
        waiting += filter(None, (each.on_complete, each.on_error, callback))


def enter(task: Any) -> None:
    """Enters the tenant of the message; where that can't be served, none, so that the task reaches no rows."""
    if envelope := task.kwargs.pop(_ARGUMENT, None):
        setattr(task, _ENTERED, (envelope, None))
        context = opened(task.name, envelope)
        context.__enter__()
        setattr(task, _ENTERED, (envelope, context))


def leave(task: Any, value: Any, error: BaseException | None) -> None:
    """Leaves it; if the task is to run again, that message names it, too."""
    envelope, context = task.__dict__.pop(_ENTERED, (None, None))
    if envelope:
        task.kwargs[_ARGUMENT] = envelope
    if context:
        context.__exit__(None, None, None)


HUEY.signal(SIGNAL_ENQUEUED)(mark)
HUEY.pre_execute(f"{__name__}.enter")(enter)
HUEY.post_execute(f"{__name__}.leave")(leave)
