"""A worker finds the row for which a view has sent a task, in the tenant's database."""

from typing import Any

from celery.contrib.testing.worker import start_worker

from ..case import SITES, Checked, PackageCase, PackageTransactionCase, eventually
from .models import Order
from .tasks import app, send, send_at_last


class Checks(Checked, PackageCase):
    pass


class Celery(PackageTransactionCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.enterClassContext(start_worker(app, perform_ping_check=False, loglevel="CRITICAL"))

    def got(self, result: Any) -> Any:
        return result.get(timeout=20, interval=0.02)

    def test_a_task_that_a_view_sends_on_commit_finds_its_row(self) -> None:
        for site in SITES:
            sent = self.client_of(site).post("/order/", {"text": f"of {site.host}"})
            with site.active():
                order = Order.objects.get(pk=int(self.ok(sent).content))
                self.assertEqual(order.text, f"of {site.host}")
                eventually(lambda pk=order.pk: Order.objects.get(pk=pk).is_sent)

    def test_none_is_sent_after_a_rollback(self) -> None:
        for site in SITES:
            self.ok(self.client_of(site).post("/order/", {"text": "never", "fail": ""}))
            with site.active():
                last = Order.objects.create(text="last")
                self.got(send.delay(last.pk))
                self.assertEqual(
                    [order.text for order in Order.objects.filter(is_sent=True)], ["last"]
                )

    def test_retries_and_chains(self) -> None:
        for site in SITES:
            with site.active():
                order = Order.objects.create(text=f"of {site.host}")
                result = send_at_last.delay(order.pk)
                self.assertEqual(self.got(result), 2)
                self.assertEqual(self.got((send.si(order.pk) | send.si(order.pk))()), order.text)
                self.assertTrue(Order.objects.get().is_sent)
