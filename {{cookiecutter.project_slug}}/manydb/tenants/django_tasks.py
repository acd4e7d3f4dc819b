"""Django's tasks that work for one tenant: the one that was active where they were enqueued.

    @tenant_task
    def send_invoices(month): ...

Django has tasks of its own from 6.0 on; before, the package django-tasks brings them. A backend keeps
arguments and nothing else, so the tenant is one of them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import django
from asgiref.sync import sync_to_async

from manydb.tenants.envelope import opened, sealed

if TYPE_CHECKING or django.VERSION >= (6, 0):
    from django.tasks.base import Task, TaskResult
else:
    from django_tasks.base import Task, TaskResult

_ARGUMENT = "_tenant"


class TenantTask(Task):  # type: ignore[type-arg]
    """A task that works for one tenant.

    Enqueueing one without a tenant raises ``TenantRequired``; so does working on one.
    """

    def enqueue(self, *args: Any, **kwargs: Any) -> "TaskResult[Any, Any]":
        return super().enqueue(*args, **kwargs, **{_ARGUMENT: sealed(self.name)})

    async def aenqueue(self, *args: Any, **kwargs: Any) -> "TaskResult[Any, Any]":
        return await super().aenqueue(*args, **kwargs, **{_ARGUMENT: sealed(self.name)})

    def call(self, *args: Any, **kwargs: Any) -> Any:
        with opened(self.name, kwargs.pop(_ARGUMENT, None)):
            return super().call(*args, **kwargs)

    async def acall(self, *args: Any, **kwargs: Any) -> Any:
        # Asking the catalog may take a query, which an event loop can't wait for.
        with await sync_to_async(opened)(self.name, kwargs.pop(_ARGUMENT, None)):
            return await super().acall(*args, **kwargs)


def tenant_task(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Decorates a function as Django's ``task`` does and takes the same options."""

    def decorate(function: Callable[..., Any]) -> TenantTask:
        return TenantTask(func=function, **options)

    return decorate(function) if function else decorate
