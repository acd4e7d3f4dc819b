"""What a client wrote, its next requests see: they read the primary until the replica has got it."""

from collections.abc import Iterable, Mapping
from time import time
from typing import Any
from unittest.mock import patch

from django.core.handlers import exception
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings

from manydb.replicas import ReplicaUnavailable, client, fallback, health, positions
from manydb.replicas.client import COOKIE, HEADER, received
from manydb.replicas.middleware import ReadYourWrites
from manydb.replicas.reads import Reads
from manydb.testing.lagging_replicas import replicas_lag

from .case import RoutedCase


class NextRequests(RoutedCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(replicas_lag())

    def write(self, cookies: Mapping[str, str] = {}) -> HttpResponse:
        def view(request: HttpRequest) -> HttpResponse:
            self.model.objects.create(text="written")
            return HttpResponse()

        request = RequestFactory().get("/")
        request.COOKIES |= cookies
        return ReadYourWrites(view)(request)

    def reads(self, cookies: Mapping[str, str] = {}, header: str = "") -> str:
        def view(request: HttpRequest) -> HttpResponse:
            return HttpResponse(self.model.objects.all().db)

        request = RequestFactory().get("/", headers={HEADER: header} if header else {})
        request.COOKIES |= cookies
        response = ReadYourWrites(view)(request)
        self.assertFalse(response.cookies)
        self.assertFalse(response.has_header("Vary"))
        return response.content.decode()

    def test_they_read_the_primary_and_other_clients_the_replica(self) -> None:
        written = self.write()
        self.assertEqual(self.reads(kept([written])), self.primary)
        self.assertEqual(self.reads(header=written.headers[HEADER]), self.primary)
        self.assertEqual(self.reads(header=f"any, {written.headers[HEADER]}"), self.primary)
        self.assertEqual(self.reads(), self.replica)

    def test_they_do_so_without_a_fall_back_as_well_for_the_replica_is_not_out(self) -> None:
        cookies = kept([self.write()])
        with override_settings(REPLICA_FALLBACK=False):
            self.assertEqual(self.reads(cookies), self.primary)

    def test_they_read_the_primary_also_of_databases_that_a_client_could_not_name(self) -> None:
        many = {f"t{number}": [positions.Position("", time())] for number in range(client.MOST)}
        oldest = {self.primary: [positions.Position("", time() - 1)]}
        response = HttpResponse()
        client.send(RequestFactory().get("/"), response, many | oldest)
        self.assertEqual(self.reads(kept([response])), self.primary)

    def test_they_read_the_replica_as_soon_as_it_must_have_got_the_write(self) -> None:
        cookies = kept([self.write()])
        with override_settings(REPLICA_MAX_LAG=0):
            self.assertEqual(self.reads(cookies), self.replica)

    def test_what_a_restored_primary_will_never_reach_is_forgotten(self) -> None:
        cookies = kept([self.write()])
        with (
            patch.object(positions, "OLDEST", 0),
            patch.object(positions.Position, "is_old_enough", lambda position: False),
        ):
            self.assertEqual(self.reads(cookies), self.primary)
            with override_settings(REPLICA_MAX_LAG=0):
                self.assertEqual(self.reads(cookies), self.replica)
                reads = Reads("", {self.primary: [positions.Position("0/9", 0)]})
                self.assertEqual(reads.alias_for(self.primary), self.replica)

    def test_what_is_written_elsewhere_later_takes_nothing_away(self) -> None:
        before = HttpResponse()
        elsewhere = {"elsewhere": [positions.Position("0/1", time())]}
        client.send(RequestFactory().get("/"), before, elsewhere)
        request = RequestFactory().get("/")
        request.COOKIES |= kept([self.write(kept([before]))])
        self.assertEqual(received(request).keys(), {"elsewhere", self.primary})

    @patch.object(client, "choice", side_effect="abcd")
    def test_writes_at_the_same_time_are_all_kept_whichever_comes_last(self, _: Any) -> None:
        before = kept([self.write()])
        responses = [self.write(before), self.write(before)]
        newest = max(taken(response) for response in responses)
        for order in (responses, responses[::-1]):
            cookies = kept(order, before)
            self.assertEqual(len(cookies), 2)
            self.assertFalse(cookies.keys() & before.keys())
            request = RequestFactory().get("/")
            request.COOKIES |= cookies
            carried = received(request)[self.primary]
            self.assertEqual(max(position.taken for position in carried), newest)
        self.assertEqual(len(kept([self.write(cookies)], cookies)), 1)

    @patch.object(client, "choice", side_effect="abcd")
    def test_what_several_cookies_say_is_carried_once_and_not_for_ever(self, _: Any) -> None:
        elsewhere = {"elsewhere": [positions.Position("0/1", time())]}
        first, second = HttpResponse(), HttpResponse()
        request = RequestFactory().get("/")
        for response in (first, second):
            client.send(request, response, elsewhere)
        request.COOKIES |= kept([first, second])
        self.assertEqual(received(request), elsewhere)
        with patch.object(positions, "OLDEST", 0), override_settings(REPLICA_MAX_LAG=0):
            self.assertEqual(received(request), {})

    def test_nobody_sends_reads_to_the_primary_with_a_cookie_of_his_own(self) -> None:
        written = self.write()
        with override_settings(SECRET_KEY="another site's"):
            self.assertEqual(self.reads(kept([written])), self.replica)
        value = written.headers[HEADER]
        for forged in (value[:-1], value.replace(":", "", 1), "{}", "a:b:c"):
            self.assertEqual(self.reads({f"{COOKIE}a": forged}), self.replica)
            self.assertEqual(self.reads(header=forged), self.replica)

    def test_the_cookie_is_for_our_eyes_and_its_response_for_one_client(self) -> None:
        with override_settings(SESSION_COOKIE_SECURE=True):
            response = self.write()
        (cookie,) = response.cookies.values()
        self.assertTrue(cookie["httponly"] and cookie["secure"])
        self.assertEqual(cookie["samesite"], "Lax")
        self.assertIn("private", response.headers["Cache-Control"])
        self.assertIn("Cookie", response.headers["Vary"])


def kept(responses: Iterable[HttpResponse], before: Mapping[str, str] = {}) -> dict[str, str]:
    """The cookies of a browser that had these and got these responses, in this order."""
    cookies = dict(before)
    for response in responses:
        cookies |= {name: morsel.value for name, morsel in response.cookies.items()}
    return {name: value for name, value in cookies.items() if value}


def taken(response: HttpResponse) -> float:
    """When the newest position that a response carries was taken."""
    request = RequestFactory().get("/", headers={HEADER: response.headers[HEADER]})
    return max(position.taken for each in received(request).values() for position in each)


class WithoutReplicas(RoutedCase):
    """A replica that is down is left out; if the primary must not be read for it, requests fail at once."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(replicas_lag())
        self.enterContext(patch.dict(health.servers, clear=True))
        self.enterContext(patch.object(fallback, "_budget", fallback.Budget()))
        health.server_of(self.replica).fails(OperationalError("away"))

    def view(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(self.model.objects.all().db)

    def test_reads_go_to_the_primary(self) -> None:
        response = ReadYourWrites(self.view)(RequestFactory().get("/"))
        self.assertEqual(response.content.decode(), self.primary)

    def test_unless_the_fall_back_is_off_or_used_up(self) -> None:
        for off in ({"REPLICA_FALLBACK": False}, {"REPLICA_FALLBACK_PER_SECOND": 0}):
            with override_settings(**off), self.assertRaises(ReplicaUnavailable) as raised:
                ReadYourWrites(self.view)(RequestFactory().get("/"))
            with self.assertLogs("manydb"):
                answer = exception.response_for_exception(
                    RequestFactory().get("/"), raised.exception
                )
            self.assertEqual(answer.status_code, 503)
