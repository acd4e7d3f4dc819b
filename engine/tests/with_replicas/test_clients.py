"""Whose request it is, and what its client carries from one to the next."""

from time import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, SimpleTestCase, override_settings

from manydb.replicas.client import HEADER, MOST, identity, received, send
from manydb.replicas.positions import Position
from manydb.replicas.reads import OTHERS


def request(address: str = "192.0.2.1", session: str = "", **headers: str) -> HttpRequest:
    made = RequestFactory().get("/", headers=headers, REMOTE_ADDR=address)
    if session:
        made.COOKIES[settings.SESSION_COOKIE_NAME] = session
    return made


class Clients(SimpleTestCase):
    def test_one_is_known_by_its_session_its_login_or_its_address(self) -> None:
        for same, also, other in (
            ({"session": "a"}, {"session": "a", "address": "192.0.2.2"}, {"session": "b"}),
            (
                {"authorization": "Token a"},
                {"authorization": "Token a", "address": "192.0.2.2"},
                {"authorization": "Token b"},
            ),
            (
                {"x_forwarded_for": "192.0.2.8"},
                {"x_forwarded_for": "192.0.2.8", "address": "192.0.2.2"},
                {"x_forwarded_for": "192.0.2.9"},
            ),
            ({}, {}, {"address": "192.0.2.2"}),
            ({"user_agent": "a"}, {"user_agent": "a"}, {"user_agent": "b"}),
        ):
            with self.subTest(same):
                self.assertEqual(identity(request(**same)), identity(request(**also)))
                self.assertNotEqual(identity(request(**same)), identity(request(**other)))

    def test_those_of_whom_nothing_is_known_are_not_all_one(self) -> None:
        self.assertNotEqual(identity(request("")), identity(request("")))


class Carried(SimpleTestCase):
    def carried(self, count: int) -> tuple[HttpResponse, dict[str, list[Position]]]:
        """The response to a client that wrote to so many databases, T0 last, and what it says then."""
        now = time()
        written = {f"T{number}": [Position("0/1", now - number)] for number in range(count)}
        response = HttpResponse()
        send(request(), response, written)
        self.assertEqual(received(request()), {})
        return response, dict(received(request(database_positions=response.headers[HEADER])))

    def test_the_last_few_databases_are_named_and_time_settles_the_others(self) -> None:
        _, found = self.carried(MOST + 2)
        self.assertEqual(found.keys(), {OTHERS, *(f"T{number}" for number in range(MOST))})
        self.assertEqual(found[OTHERS][0].text, "")
        self.assertAlmostEqual(found["T0"][0].taken - found[OTHERS][0].taken, MOST, places=3)

    def test_a_header_of_many_values_is_not_read_to_its_end(self) -> None:
        value = self.carried(1)[0].headers[HEADER]
        for before, expected in ((MOST - 1, {"T0"}), (MOST, set())):
            header = ",".join([*["any"] * before, value])
            self.assertEqual(received(request(database_positions=header)).keys(), expected)

    def test_it_is_kept_for_longer_than_any_replica_that_is_read_is_late(self) -> None:
        for limit, seconds in ((10, 300), (400, 800)):
            with self.subTest(limit), override_settings(REPLICA_MAX_LAG=limit):
                (cookie,) = self.carried(1)[0].cookies.values()
                self.assertEqual(cookie["max-age"], seconds)
