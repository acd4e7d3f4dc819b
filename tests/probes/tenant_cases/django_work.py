"""Tasks of Django."""

from typing import Any

from manydb.tenants.django_tasks import tenant_task

from . import table


@tenant_task
def answers() -> dict[str, Any]:
    return table.answers()


@tenant_task(takes_context=True)
async def who(context: Any, greeting: str) -> str:
    return f"{greeting}, {table.context.current_tenant()}, try {context.attempt}"
