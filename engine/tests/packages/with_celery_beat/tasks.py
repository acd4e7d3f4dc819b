"""What beat sends works for no tenant, and sends the work of each."""

from ..site import ROUTER
from .celery import app

done: list[str | None] = []

if ROUTER == "tenant":
    from manydb.tenants import current_tenant, for_every_tenant
    from manydb.tenants.celery_tasks import TenantTask

    @app.task(base=TenantTask)
    def clean() -> None:
        done.append(current_tenant())

    @app.task
    def clean_all() -> None:
        for_every_tenant(clean.delay)
else:

    @app.task
    def clean_all() -> None:
        done.append(None)
