"""Tasks of Celery have all that they have in a Django project, for the tenant that was active where they were sent."""

from collections.abc import Callable
from typing import Any
from unittest import mock

from celery import Celery, Task
from celery.contrib.testing.worker import start_worker
from django.db import transaction
from django.test import SimpleTestCase, TestCase, TransactionTestCase

from engine.site.notes.models import Note
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.core.exceptions import TenantRequired, WrongTenant
from manydb.tenants.celery_tasks import TenantTask
from manydb.tenants.context import current_tenant, tenant_atomic, tenant_context

app = Celery("engine", broker="memory://", backend="cache+memory://", set_as_current=False)
app.conf.update(
    worker_hijack_root_logger=False, broker_transport_options={"polling_interval": 0.01}
)

seen: list[Any] = []


class Reporting(TenantTask):
    """A base of one's own, with handlers."""

    abstract = True

    def before_start(self, *args: Any) -> None:
        seen.append(("before", current_tenant()))

    def on_success(self, *args: Any) -> None:
        seen.append(("success", current_tenant()))

    def on_failure(self, *args: Any) -> None:
        seen.append(("failure", current_tenant()))

    def after_return(self, *args: Any) -> None:
        seen.append(("after", current_tenant()))


@app.task(base=TenantTask)  # type: ignore[untyped-decorator]
def who(*given: Any) -> list[Any]:
    return [current_tenant(), *given]


@app.task(base=TenantTask)  # type: ignore[untyped-decorator]
def note(text: str) -> None:
    seen.append((text, current_tenant()))


@app.task(base=TenantTask, bind=True)  # type: ignore[untyped-decorator]
def own_request(self: Any, *given: Any) -> Any:
    return [self.request.args, self.request.called_directly]


@app.task(base=Reporting)  # type: ignore[untyped-decorator]
def succeed() -> None:
    pass


@app.task(base=Reporting)  # type: ignore[untyped-decorator]
def fail() -> None:
    raise ValueError("on purpose")


@app.task(base=TenantTask)  # type: ignore[untyped-decorator]
def note_failure(request: Any, error: Exception, traceback: Any) -> None:
    seen.append(("errback", current_tenant()))


class Forgetful:
    def setUp(self) -> None:
        seen.clear()


class OnCommit(Forgetful, TransactionTestCase):
    databases = {"default", "TESTCLIENT", OTHER_ALIAS}

    def setUp(self) -> None:
        super().setUp()
        self.sent = self.enterContext(
            mock.patch.object(Task, "apply_async", lambda task, *given, **more: task.apply(*given))
        )

    def test_a_task_waits_for_the_tenants_commit(self) -> None:
        ways: dict[str, Callable[[], None]] = {
            "delay_on_commit": lambda: note.delay_on_commit("sent"),
            "delay_on_commit by name": lambda: note.delay_on_commit(text="sent"),
            "apply_async_on_commit": lambda: note.apply_async_on_commit(["sent"]),
            "apply_async_on_commit by name": lambda: note.apply_async_on_commit(
                kwargs={"text": "sent"}, countdown=0
            ),
        }
        for name, send in ways.items():
            seen.clear()
            with self.subTest(name), tenant_context("testclient"):
                with tenant_atomic():
                    send()
                    self.assertEqual(seen, [])
                self.assertEqual(seen, [("sent", "testclient")])

    def test_it_is_sent_at_once_where_the_tenant_has_no_transaction(self) -> None:
        with tenant_context("testclient"):
            with transaction.atomic():  # on default
                note.delay_on_commit("sent")
            self.assertEqual(seen, [("sent", "testclient")])

    def test_it_is_not_sent_after_a_rollback(self) -> None:
        with tenant_context("testclient"), self.assertRaises(ValueError), tenant_atomic():
            note.delay_on_commit("sent")
            raise ValueError
        self.assertEqual(seen, [])

    def test_it_is_the_tenant_of_the_call_whose_commit_may_come_later(self) -> None:
        with transaction.atomic("TESTCLIENT"):
            with tenant_context("testclient"):
                note.delay_on_commit("sent")
            with tenant_context(OTHER_TENANT):
                note.delay_on_commit("sent")
            self.assertEqual(seen, [("sent", OTHER_TENANT)])
        self.assertEqual(seen[1:], [("sent", "testclient")])

    def test_without_a_tenant_it_is_refused_at_once(self) -> None:
        for send in (note.delay_on_commit, lambda text: note.apply_async_on_commit([text])):
            with self.assertRaisesMessage(TenantRequired, "test_celery_tasks.note works for one"):
                send("sent")


class AtOnce(Forgetful, TestCase):
    """What runs in the process that asks for it."""

    databases = {"TESTCLIENT", OTHER_ALIAS}

    def test_apply_works_for_the_active_tenant(self) -> None:
        for tenant in ("testclient", OTHER_TENANT):
            with tenant_context(tenant):
                for result in (who.apply(), who.s().apply(), who.apply([], {}, task_id="7")):
                    self.assertEqual(result.get(), [tenant])
        with self.assertRaises(TenantRequired):
            who.apply()

    def test_a_direct_call_is_that_of_any_task(self) -> None:
        with tenant_context("testclient"):
            self.assertEqual(own_request(1, 2), [(1, 2), True])
        with self.assertRaises(TenantRequired):
            own_request()

    def test_an_object_of_another_tenant_is_refused_in_a_task(self) -> None:
        with tenant_context(OTHER_TENANT):
            theirs = Note.objects.create(text="Theirs")

        @app.task(base=TenantTask)  # type: ignore[untyped-decorator]
        def save() -> None:
            theirs.save()

        with tenant_context("testclient"), self.assertRaises(WrongTenant):
            save.apply(throw=True)


class InAWorker(Forgetful, SimpleTestCase):
    """A real worker, in a thread, which has no tenant of its own."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.enterClassContext(start_worker(app, perform_ping_check=False, loglevel="CRITICAL"))

    def test_every_way_to_send_a_task_brings_the_tenant(self) -> None:
        tenant = "testclient"
        ways: dict[str, tuple[Callable[[], Any], Any]] = {
            "delay": (lambda: who.delay(1), [tenant, 1]),
            "apply_async": (lambda: who.apply_async((1,), headers={"x": "y"}), [tenant, 1]),
            "signature": (lambda: who.si(1).delay(), [tenant, 1]),
            "link": (lambda: who.apply_async((1,), link=who.s()), [tenant, 1]),
            "chain": (lambda: (who.s(1) | who.s())(), [tenant, [tenant, 1]]),
            "map": (lambda: who.map([1, 2]).delay(), [[tenant, 1], [tenant, 2]]),
            "starmap": (lambda: who.starmap([(1, 2)]).delay(), [[tenant, 1, 2]]),
            "chunks": (
                lambda: who.chunks([(1,), (2,)], 1).group().delay(),
                [[[tenant, 1]], [[tenant, 2]]],
            ),
            "send_task": (lambda: app.send_task(who.name, [1]), [tenant, 1]),
        }
        for name, (send, expected) in ways.items():
            with self.subTest(name):
                with tenant_context(tenant):
                    result = send()
                self.assertEqual(result.get(timeout=20, interval=0.01), expected)

    def test_handlers_run_with_the_tenant_of_the_message(self) -> None:
        for tenant in ("testclient", OTHER_TENANT):
            seen.clear()
            with tenant_context(tenant):
                ended = [succeed.delay(), fail.apply_async(link_error=note_failure.s())]
            for result in ended:
                result.get(timeout=20, interval=0.01, propagate=False)
            succeed_again = self.sent_after(tenant)
            succeed_again.get(
                timeout=20, interval=0.01
            )  # by the one worker: what came before has ended
            events = ["after", "before", "errback", "failure", "success"]
            self.assertEqual(sorted(set(seen)), [(event, tenant) for event in events])

    def sent_after(self, tenant: str) -> Any:
        with tenant_context(tenant):
            return who.delay()

    def test_a_handler_can_report_a_message_without_a_tenant(self) -> None:
        result = app.send_task(succeed.name)
        error = result.get(timeout=20, interval=0.01, propagate=False)
        self.assertIsInstance(error, TenantRequired)
        self.sent_after("testclient").get(timeout=20, interval=0.01)
        self.assertEqual(seen, [("before", None), ("failure", None), ("after", None)])
