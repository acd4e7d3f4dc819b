"""Tasks of Django."""

import os
from importlib import import_module
from typing import Any

from . import table

PROJECT = os.environ["LIVE_PROJECT"]
tenant_task = import_module(f"{PROJECT}.tenants.django_tasks").tenant_task


@tenant_task
def answers() -> dict[str, Any]:
    return table.answers()


@tenant_task(takes_context=True)
async def who(context: Any, greeting: str) -> str:
    return f"{greeting}, {table.context.current_tenant()}, try {context.attempt}"
