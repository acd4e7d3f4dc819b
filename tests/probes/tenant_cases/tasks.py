"""Tasks of Celery, where its app looks for them."""

from typing import Any

from celery import shared_task
from manydb.tenants.celery_tasks import TenantTask

from . import table


@shared_task(base=TenantTask)
def answers() -> dict[str, Any]:
    return table.answers()


@shared_task(base=TenantTask)
def who(before: list[str | None]) -> list[str | None]:
    return [*before, table.context.current_tenant()]


@shared_task(base=TenantTask)
def gather(found: list[list[str | None]]) -> list[Any]:
    return [table.context.current_tenant(), *found]


@shared_task(base=TenantTask, bind=True, max_retries=2)
def third_time_lucky(self: Any) -> list[Any]:
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    return [self.request.retries, table.context.current_tenant()]


@shared_task
def nobodys() -> str | None:
    tenant: str | None = table.context.current_tenant()
    return tenant
