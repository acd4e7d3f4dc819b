"""Results are kept and found, those of chords, too."""

from typing import Any

from celery import chord
from celery.contrib.testing.worker import start_worker
from django_celery_results.models import TaskResult

from ..case import SITES, Checked, PackageCase, PackageTransactionCase
from .celery import app
from .tasks import double, fail, total, users


class Checks(Checked, PackageCase):
    pass


class CeleryResults(PackageTransactionCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.enterClassContext(start_worker(app, perform_ping_check=False, loglevel="CRITICAL"))

    def got(self, result: Any) -> Any:
        return result.get(timeout=20, interval=0.02)

    def test_results_are_kept(self) -> None:
        for site in SITES:
            with site.active():
                result, failed = double.delay(4), fail.delay()
                self.assertEqual(self.got(result), 8)
                with self.assertRaisesMessage(ValueError, "on purpose"):
                    self.got(failed)
            row = TaskResult.objects.using("default").get(task_id=result.id)
            self.assertEqual((row.status, row.task_name), ("SUCCESS", double.name))
            page = self.admin_of(site).get("/admin/django_celery_results/taskresult/")
            self.assertContains(page, result.id)

    def test_a_chord_ends(self) -> None:
        for site in SITES:
            with site.active():
                self.assertEqual(self.got(chord([double.s(1), double.s(2)])(total.s())), 6)

    def test_a_task_of_all(self) -> None:
        self.user()
        self.assertEqual(self.got(users.delay()), 1)
