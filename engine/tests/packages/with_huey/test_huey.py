"""A worker without a tenant works for the tenant who sent the task; so do the tasks that follow it."""

from huey.contrib.djhuey import HUEY

from ..case import SITES, Checked, PackageCase, tenants_only
from ..notes.models import Note
from .tasks import add, fail, note_failure


class Checks(Checked, PackageCase):
    pass


class Huey(PackageCase):
    def work(self) -> None:
        """What a consumer does, in this thread."""
        while task := HUEY.dequeue():
            HUEY.execute(task)

    def test_tasks_work_for_who_sent_them(self) -> None:
        results = []
        for site in SITES:
            with site.active():
                Note.objects.create(text=f"Of {site.host}")
                results.append(HUEY.enqueue(add.s().then(add)))
        self.work()
        for site, (first, then) in zip(SITES, results, strict=True):
            self.assertEqual(first(), [f"Of {site.host}", "Added"])
            self.assertEqual(then(), [f"Of {site.host}", "Added", "Added"])

    def test_so_do_retries_and_handlers_of_errors(self) -> None:
        for site in SITES:
            with site.active():
                HUEY.enqueue(fail.s().error(note_failure))
        self.work()
        for site in SITES:
            with site.active():
                texts = list(Note.objects.values_list("text", flat=True).order_by("pk"))
            self.assertEqual(texts, ["Failed", "Noted"] * 2, site.host)

    @tenants_only
    def test_one_that_was_sent_without_a_tenant_has_none(self) -> None:
        add()
        with self.assertLogs("huey", "ERROR") as log:
            self.work()
        self.assertIn("TenantRequired", "".join(log.output))
