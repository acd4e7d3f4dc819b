"""Tasks of Celery that were not written for tenants work for the tenant who sent them."""

from typing import Any

from celery import Celery, chain, group
from celery.contrib.testing.worker import start_worker
from django.db import transaction
from django.test import TransactionTestCase

from engine.site.magazine.models import Section
from manydb.exceptions import TenantRequired
from manydb.tenants import current_tenant, tenant_context

TENANTS = ("testclient", "acme")
app = Celery("of_others", broker="memory://", backend="cache+memory://", set_as_current=False)
app.conf.update(
    worker_hijack_root_logger=False, broker_transport_options={"polling_interval": 0.01}
)


@app.task  # type: ignore[untyped-decorator]
@transaction.atomic
def make(*given: Any) -> list[str]:
    Section.objects.create(name=f"Of {current_tenant()}")
    return list(Section.objects.values_list("name", flat=True))


@app.task(bind=True, max_retries=1)  # type: ignore[untyped-decorator]
def fail_once(self: Any) -> str | None:
    if not self.request.retries:
        raise self.retry(countdown=0)
    return current_tenant()


@app.task  # type: ignore[untyped-decorator]
def fail() -> None:
    raise ZeroDivisionError


class OfOthers(TransactionTestCase):
    databases = {"default", "TESTCLIENT", "ACME"}

    def setUp(self) -> None:
        self.enterContext(start_worker(app, perform_ping_check=False, pool="solo"))

    def got(self, result: Any) -> Any:
        return result.get(timeout=20, interval=0.02)

    def test_each_works_for_who_sent_it(self) -> None:
        for tenant in TENANTS:
            with tenant_context(tenant):
                self.assertEqual(self.got(make.delay()), [f"Of {tenant}"])
                self.assertEqual(self.got(fail_once.delay()), tenant)
                in_turn = chain(make.s(), group(make.s(), make.s()))
                self.assertEqual(len(self.got(in_turn.delay())), 2)

    def test_one_that_failed_leaves_no_tenant_to_the_next(self) -> None:
        with tenant_context("acme"), self.assertRaises(ZeroDivisionError):
            self.got(fail.delay())
        with self.assertRaises(TenantRequired):
            self.got(make.delay())
