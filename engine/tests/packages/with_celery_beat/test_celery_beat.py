"""A schedule of the admin is seen by beat, and its task reaches every tenant."""

import json

from celery.contrib.testing.worker import start_worker
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from ..case import SITES, Checked, PackageCase, PackageTransactionCase, eventually
from ..site import ROUTER
from .celery import app
from .tasks import clean_all, done


class Checks(Checked, PackageCase):
    pass


class CeleryBeat(PackageTransactionCase):
    def test_a_schedule_is_seen_and_its_task_sent(self) -> None:
        every = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.DAYS)
        PeriodicTask.objects.create(
            interval=every, name="clean", task=clean_all.name, kwargs=json.dumps({})
        )
        scheduler = DatabaseScheduler(app=app)
        with start_worker(app, perform_ping_check=False, loglevel="CRITICAL"):
            entry = scheduler.schedule["clean"]
            self.assertEqual(entry.task, clean_all.name)
            scheduler.apply_async(entry, advance=True).get(timeout=20)
            scheduler.sync()
            wanted = [None] if ROUTER == "replica" else ["acme", "globex", "testclient"]
            eventually(lambda: len(done) == len(wanted))
        self.assertEqual(sorted(map(str, done)), sorted(map(str, wanted)))
        self.assertEqual(PeriodicTask.objects.get(name="clean").total_run_count, 1)

    def test_a_change_in_the_admin_is_noticed(self) -> None:
        every = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.DAYS)
        task = PeriodicTask.objects.create(interval=every, name="clean", task=clean_all.name)
        scheduler = DatabaseScheduler(app=app)
        self.assertIn("clean", scheduler.schedule)
        page = f"/admin/django_celery_beat/periodictask/{task.pk}/change/"
        self.change_in_admin(
            self.admin_of(SITES[0]), page, name="clean now", regtask=clean_all.name
        )
        self.assertIn("clean now", scheduler.schedule)
