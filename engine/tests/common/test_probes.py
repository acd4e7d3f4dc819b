"""``/livez`` and ``/readyz``: answered for any host, before all else, without a tenant and without a line in the log."""

import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.conf import settings
from django.db import OperationalError, connections
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.test import (
    AsyncClient,
    Client,
    SimpleTestCase,
    TransactionTestCase,
    modify_settings,
    override_settings,
)

from manydb.core import draining, middleware_order, readiness
from manydb.core.pending_migrations import pending
from manydb.core.placement import shared_alias

PROBES = "manydb.core.probes.answer_probes"
TOKEN = "of the monitoring"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
HOSTS = ("10.0.0.7:8000", "[::1]:8000", "elsewhere.example", "no_host!", "unknown.testserver")


def explode(get_response: Any) -> Any:
    """Middleware that must not be reached."""

    def answer(request: HttpRequest) -> HttpResponse:
        raise AssertionError(f"{request.path} came here")

    return answer


@contextmanager
def asked_anew() -> Iterator[None]:
    """Nothing that a database said before is known, before and after."""
    readiness._watched.cache_clear()
    try:
        yield
    finally:
        readiness._watched.cache_clear()


@modify_settings(MIDDLEWARE={"prepend": PROBES})
@override_settings(SECURE_SSL_REDIRECT=True)
class Probes(TransactionTestCase):
    """The databases of tests have all migrations."""

    databases = "__all__"

    def setUp(self) -> None:
        self.enterContext(asked_anew())

    def details(self) -> tuple[int, Any]:
        response = Client().get("/readyz", headers=AUTHORIZED)
        return response.status_code, json.loads(response.content)

    def test_any_host_is_answered_in_one_word(self) -> None:
        for host in HOSTS:
            for path, word in (("/livez", b"alive"), ("/readyz", b"ready")):
                with self.subTest(host, path=path):
                    response = Client().get(path, headers={"Host": host})
                    self.assertEqual((response.status_code, response.content), (200, word))
                    self.assertEqual(response["Cache-Control"], "no-store")

    async def test_in_asgi(self) -> None:
        for path, word in (("/livez", b"alive"), ("/readyz", b"ready")):
            response = await AsyncClient().get(path, headers={"Host": "10.0.0.7"})
            self.assertEqual((response.status_code, response.content), (200, word))

    def test_no_other_middleware_sees_them(self) -> None:
        with override_settings(MIDDLEWARE=[PROBES, f"{__name__}.explode"]):
            for path in ("/livez", "/readyz"):
                self.assertEqual(Client().get(path).status_code, 200)
            with self.assertRaises(AssertionError):
                Client().get("/livez/more")

    def test_no_tenant_is_asked(self) -> None:
        _, found = self.details_with_token()
        aliases = {each["alias"] for each in found["databases"]}
        self.assertIn(shared_alias(), aliases)
        self.assertFalse({"TESTCLIENT", "TESTCLIENT_RO", "OTHERCLIENT"} & aliases)
        self.assertTrue(all(each["reachable"] for each in found["databases"]), found)

    @override_settings(MONITORING_TOKEN=TOKEN)
    def details_with_token(self) -> tuple[int, Any]:
        return self.details()

    def test_details_need_the_token(self) -> None:
        for given in (
            {},
            {"Authorization": "Bearer "},
            {"Authorization": "Bearer None"},
            AUTHORIZED,
        ):
            self.assertEqual(Client().get("/readyz", headers=given).content, b"ready")
        with override_settings(MONITORING_TOKEN=TOKEN):
            for wrong in ("", "Bearer ", f"Bearer {TOKEN}x", TOKEN, "Bearer é"):
                response = Client().get("/readyz", headers={"Authorization": wrong})
                self.assertEqual(response.content, b"ready")
            self.assertEqual(self.details()[1]["state"], "ready")

    def test_it_is_not_ready_while_default_lacks_a_migration_and_no_line_says_so(self) -> None:
        rows = MigrationRecorder(connections[shared_alias()]).migration_qs
        row = rows.filter(app="contenttypes").order_by("-id").first()
        assert row is not None
        row.delete()
        try:
            with self.assertNoLogs("django.request"):
                response = Client().get("/readyz")
            self.assertEqual((response.status_code, response.content), (503, b"unmigrated"))
            self.assertEqual(Client().get("/livez").status_code, 200)
        finally:
            row.save(force_insert=True)
        with asked_anew():
            self.assertEqual(Client().get("/readyz").status_code, 200)

    def test_a_default_that_goes_away_while_it_is_asked_lacks_no_migration(self) -> None:
        connection = connections[shared_alias()]

        def away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            raise OperationalError("server closed the connection unexpectedly")

        with connection.execute_wrapper(away), self.assertRaises(OperationalError):
            pending(connection)
        self.assertEqual(pending(connection), [])

    def test_other_refusals_are_logged_still(self) -> None:
        with (
            self.assertLogs("django.request") as logs,
            override_settings(SECURE_SSL_REDIRECT=False),
        ):
            Client().get("/not/there")
        self.assertIn("Not Found", logs.output[0])


class Silent:
    """A server that takes connections and says nothing, as one that is frozen."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.client: socket.socket | None = None

    def asked(self) -> None:
        """Waits until it has been asked."""
        self.listening.settimeout(30)
        self.client, _ = self.listening.accept()

    def close(self) -> None:
        self.listening.close()
        if self.client is not None:
            self.client.close()


@modify_settings(MIDDLEWARE={"prepend": PROBES})
@override_settings(MONITORING_TOKEN=TOKEN)
class AwayTests(TransactionTestCase):
    databases = "__all__"

    def setUp(self) -> None:
        self.enterContext(asked_anew())
        self.silent = Silent()
        self.addCleanup(self.silent.close)

    def asks_it(self, alias: str) -> Any:
        """Instead of the database of this alias, its thread asks the silent server."""

        def status_of(aliases: list[str]) -> Any:
            if aliases != [alias]:
                return real(aliases)
            with socket.create_connection(("127.0.0.1", self.silent.port)) as connection:
                self.silent.asked()
                connection.recv(1)  # until it is closed
            raise ConnectionError

        real = readiness.status_of
        return mock.patch.object(readiness, "status_of", status_of)

    def ready(self) -> tuple[int, dict[str, Any], str]:
        response = Client().get("/readyz", headers=AUTHORIZED)
        found = json.loads(response.content)
        rows = {row["alias"]: row for row in found["databases"]}
        return response.status_code, rows, found["state"]

    def test_one_that_hangs_is_listed_and_changes_nothing(self) -> None:
        with self.asks_it("accounts"):
            status, rows, state = self.ready()
            self.assertEqual((status, state), (200, "ready"))
            self.assertFalse(rows["accounts"]["reachable"])
            self.assertIn("no answer", rows["accounts"]["error"])
            self.assertTrue(rows[shared_alias()]["reachable"])
            threads = threading.active_count()
            self.ready()  # while the question is still open
            self.assertLessEqual(threading.active_count(), threads)

    def test_ready_requires_names_what_must_be_there(self) -> None:
        with self.asks_it("accounts"), override_settings(READY_REQUIRES=["accounts"]):
            status, _, state = self.ready()
            self.assertEqual((status, state), (503, "unreachable"))

    def test_a_default_that_hangs_makes_a_process_wait_as_it_starts_and_then_no_more(self) -> None:
        with self.asks_it(shared_alias()):
            self.assertEqual(self.ready()[::2], (503, "starting"))
            with mock.patch.object(readiness, "STARTING", 0.0):
                status, rows, state = self.ready()
            self.assertEqual((status, state), (200, "ready"))
            self.assertFalse(rows[shared_alias()]["reachable"])

    def test_what_it_said_a_moment_ago_holds_until_the_deadline(self) -> None:
        self.assertTrue(self.ready()[1]["accounts"]["reachable"])
        with self.asks_it("accounts"), mock.patch.object(readiness, "KEPT", 0.0):
            self.assertTrue(self.ready()[1]["accounts"]["reachable"])
            with mock.patch.object(readiness, "DEADLINE", 0.0):
                self.assertFalse(self.ready()[1]["accounts"]["reachable"])

    def test_no_password_is_in_the_details(self) -> None:
        def fails(aliases: list[str]) -> Any:
            raise RuntimeError("password=of the database")

        with mock.patch.object(readiness, "status_of", fails):
            response = Client().get("/readyz", headers=AUTHORIZED)
        self.assertEqual(response.status_code, 200)
        self.assertNotIn(b"of the database", response.content)


@modify_settings(MIDDLEWARE={"prepend": PROBES})
class Draining(SimpleTestCase):
    databases = "__all__"

    def setUp(self) -> None:
        self.heard: list[int] = []
        self.enterContext(asked_anew())
        before = signal.signal(signal.SIGTERM, lambda number, frame: self.heard.append(number))
        self.addCleanup(signal.signal, signal.SIGTERM, before)
        self.enterContext(mock.patch.object(draining, "_begun", False))

    def states(self) -> list[tuple[int, bytes]]:
        answers = [Client().get(path) for path in ("/readyz", "/livez")]
        return [(answer.status_code, answer.content) for answer in answers]

    def test_it_is_alive_and_not_ready_and_the_server_ends_as_it_would(self) -> None:
        self.assertEqual(self.states(), [(200, b"ready"), (200, b"alive")])
        signal.raise_signal(signal.SIGTERM)
        self.assertEqual(self.heard, [signal.SIGTERM])
        self.assertEqual(self.states(), [(503, b"draining"), (200, b"alive")])

    @override_settings(DRAIN_SECONDS=600)
    def test_the_server_may_hear_of_it_later(self) -> None:
        Client().get("/livez")
        signal.raise_signal(signal.SIGTERM)
        self.assertEqual((self.heard, self.states()[0]), ([], (503, b"draining")))
        signal.raise_signal(signal.SIGTERM)  # as the timer does, or one who will not wait
        self.assertEqual(self.heard, [signal.SIGTERM])
        for timer in [each for each in threading.enumerate() if isinstance(each, threading.Timer)]:
            timer.cancel()

    def test_a_process_without_a_handler_ends_at_once(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        Client().get("/livez")
        self.assertEqual(signal.getsignal(signal.SIGTERM), signal.SIG_DFL)


class Order(SimpleTestCase):
    def found(self, *middleware: str) -> list[str]:
        with override_settings(MIDDLEWARE=middleware):
            return [message.msg for message in middleware_order.check_order(None)]

    def test_this_project_has_the_order_of_the_manual(self) -> None:
        self.assertEqual(self.found(PROBES, *settings.MIDDLEWARE), [])

    def test_another_order_is_found(self) -> None:
        rules = middleware_order.RULES
        for first, second, _ in rules:
            other = second or "a.package.of_others"
            with self.subTest(first, other=other):
                self.assertEqual(self.found(first, other), [])
                self.assertEqual(
                    self.found(other, first), [f"MIDDLEWARE has {other} before {first}."]
                )
        self.assertEqual(len({rule.reason for rule in rules}), len(rules))

    def test_an_unknown_alias_is_found(self) -> None:
        with override_settings(READY_REQUIRES=["accounts", "acounts"]):
            (message,) = middleware_order.check_required(None)
        self.assertIn("'acounts'", message.msg)
