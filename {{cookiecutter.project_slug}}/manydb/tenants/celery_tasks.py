"""Celery tasks that work for one tenant: the one that was active where they were sent.

    @shared_task(base=TenantTask)
    def send_invoices(month): ...

Needs the extra ``celery``. The tenant is a header of the message: retries, chains, groups and chords keep it.
"""

from typing import Any

from celery import Task, current_task
from celery.signals import before_task_publish

from manydb.tenants.context import current_tenant
from manydb.tenants.envelope import opened, sealed

HEADER = "tenant"


class TenantTask(Task):
    """The base of tasks that work for one tenant.

    Sending one without a tenant raises ``TenantRequired``; so does working on a message without one.
    """

    abstract = True

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        headers = dict(options.pop("headers", None) or {})
        headers.setdefault(HEADER, _carried() or sealed(self.name))
        return super().apply_async(args, kwargs, headers=headers, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.request.called_directly and current_tenant():
            return self.run(*args, **kwargs)
        with opened(self.name, (self.request.headers or {}).get(HEADER)):
            return self.run(*args, **kwargs)


@before_task_publish.connect(dispatch_uid=f"{__name__}.note_tenant")
def note_tenant(headers: dict[str, Any], **kwargs: Any) -> None:
    """Marks every message: Celery's own tasks, such as ``chord_unlock``, send the next ones."""
    if HEADER not in headers and (envelope := _carried()):
        headers[HEADER] = envelope


def _carried() -> Any:
    """The envelope of the active tenant or else, between two links of a chain, of the task that ends."""
    if name := current_tenant():
        return sealed("", name)
    request = getattr(current_task, "request", None)
    return (getattr(request, "headers", None) or {}).get(HEADER)
