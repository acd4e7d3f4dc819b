"""Celery tasks that work for one tenant: the one that was active where they were sent.

    @shared_task(base=TenantTask)
    def send_invoices(month): ...

Needs the extra ``celery``. The tenant is a header of the message: retries, chains, groups and chords keep it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial, wraps
from typing import Any

from celery import current_task
from celery.contrib.django.task import DjangoTask
from celery.signals import before_task_publish
from django.db import transaction

from manydb.core.exceptions import TenantRequired, TenantUnavailable, UnknownDatabase
from manydb.core.routing import alias_of_tenant
from manydb.tenants.context import active_alias, current_tenant
from manydb.tenants.envelope import opened, sealed

HEADER = "tenant"
# What Celery calls on a task besides its body.
HANDLERS = ("before_start", "on_success", "on_retry", "on_failure", "after_return")


class TenantTask(DjangoTask):
    """The base of tasks that work for one tenant; has all that a task has in a Django project.

    Sending one without a tenant raises ``TenantRequired``; so does working on a message without one.
    ``delay_on_commit()`` and ``apply_async_on_commit()`` wait for the commit of the tenant's database. Handlers
    such as ``on_failure`` run with the tenant, too; without one if the message names none that is served.
    """

    abstract = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in HANDLERS:
            if handler := vars(cls).get(name):
                setattr(cls, name, _for_the_tenant(handler))

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        headers = self._with_envelope(options.pop("headers", None))
        return super().apply_async(args, kwargs, headers=headers, **options)

    def apply(self, args: Any = None, kwargs: Any = None, *more: Any, **options: Any) -> Any:
        """Works at once, in this process, for the active tenant."""
        options["headers"] = self._with_envelope(options.get("headers"))
        return super().apply(args, kwargs, *more, **options)

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:
        self.apply_async_on_commit(args, kwargs)

    def apply_async_on_commit(self, args: Any = None, kwargs: Any = None, **options: Any) -> None:
        """Sends it when the tenant's open transaction is committed; at once if there is none.

        Raises:
            TenantRequired: no tenant is active.
        """
        options["headers"] = headers = self._with_envelope(options.get("headers"))
        alias = active_alias() or alias_of_tenant(opened(self.name, headers[HEADER]).value)
        transaction.on_commit(partial(self.apply_async, args, kwargs, **options), using=alias)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.request.called_directly:
            with opened(self.name, envelope_in(self.request)):
                return self.run(*args, **kwargs)
        # By code of ours or, in a worker, by Celery's own tasks: those of chunks(), and callbacks of errors.
        with nullcontext() if current_tenant() else opened(self.name, _carried()):
            return super().__call__(*args, **kwargs)

    def _with_envelope(self, headers: dict[str, Any] | None) -> dict[str, Any]:
        headers = dict(headers or {})
        headers.setdefault(HEADER, _carried() or sealed(self.name))
        return headers


def _for_the_tenant(handler: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(handler)
    def handle(self: TenantTask, *args: Any, **kwargs: Any) -> Any:
        with _where_it_worked(self):
            return handler(self, *args, **kwargs)

    return handle


def _where_it_worked(task: TenantTask) -> AbstractContextManager[Any]:
    """The tenant of the message; nothing is changed if it can't be served, which the handler may have to report."""
    try:
        context = opened(task.name, envelope_in(task.request))
        alias_of_tenant(context.value)
    except (TenantRequired, TenantUnavailable, UnknownDatabase):
        return nullcontext()
    return context


@before_task_publish.connect(dispatch_uid=f"{__name__}.note_tenant")
def note_tenant(headers: dict[str, Any], **kwargs: Any) -> None:
    """Marks every message: Celery's own tasks, such as ``chord_unlock``, send the next ones."""
    if HEADER not in headers and (envelope := _carried()):
        headers[HEADER] = envelope


def _carried() -> Any:
    """The envelope of the active tenant or else, between two links of a chain, of the task that ends."""
    if current_tenant():
        return sealed("")
    return envelope_in(getattr(current_task, "request", None))


def envelope_in(request: Any) -> Any:
    """What the message of a task says of the tenant; None if nothing."""
    return (getattr(request, "headers", None) or {}).get(HEADER)
