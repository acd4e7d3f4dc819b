"""Celery's tasks that were not written for tenants: with TENANT_DEFAULT each works for the tenant who sent it.

Code of others can't be told to derive its tasks from ``TenantTask``. A message that is sent while a tenant is active names
it, and the worker enters it before the task and leaves it at the end. A task that was sent without one, such as by
celery beat, has none.
"""

from typing import Any

from celery.signals import task_postrun, task_prerun

from manydb.tenants.celery_tasks import TenantTask, envelope_in
from manydb.tenants.envelope import opened

_ENTERED = "manydb_tenant"


def enter(task: Any, **kwargs: Any) -> None:
    """Enters the tenant of the message; where that can't be served, none, so that the task reaches no rows."""
    if isinstance(task, TenantTask) or (envelope := envelope_in(task.request)) is None:
        return
    context = opened(task.name, envelope)
    context.__enter__()
    setattr(task.request, _ENTERED, context)


def leave(task: Any, **kwargs: Any) -> None:
    """Leaves it, whatever the task raised."""
    if context := task.request.__dict__.pop(_ENTERED, None):
        context.__exit__(None, None, None)


task_prerun.connect(enter, dispatch_uid=f"{__name__}.enter")
task_postrun.connect(leave, dispatch_uid=f"{__name__}.leave")
