from typing import Any

from celery import Celery

from ..site import ROUTER
from .models import Order

app = Celery("with_celery")
app.config_from_object("django.conf:settings", namespace="CELERY")

base: dict[str, Any] = {}
if ROUTER == "tenant":
    from manydb.tenants.celery_tasks import TenantTask

    base = {"base": TenantTask}


@app.task(**base)
def send(pk: int) -> str:
    order = Order.objects.get(pk=pk)
    order.is_sent = True
    order.save()
    return order.text


@app.task(bind=True, max_retries=3, **base)
def send_at_last(self: Any, pk: int) -> int:
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    send(pk)
    return int(self.request.retries)
