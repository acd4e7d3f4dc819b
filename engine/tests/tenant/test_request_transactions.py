"""ATOMIC_REQUESTS: the view of a request is one transaction on the active tenant's database, and on no other's."""

from unittest.mock import patch

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import TestCase, override_settings
from django.urls import path

from ..names import OTHER_ALIAS, OTHER_TENANT, host_of

ALIASES = ("TESTCLIENT", OTHER_ALIAS)


def depths(request: HttpRequest) -> HttpResponse:
    """How many transactions are open on each database; TestCase has begun one on each."""
    return HttpResponse(" ".join(str(len(connections[alias].atomic_blocks)) for alias in ALIASES))


@transaction.non_atomic_requests(using=OTHER_ALIAS)
def depths_without(request: HttpRequest) -> HttpResponse:
    return depths(request)


async def depths_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("", depths),
    path("none/", depths_without),
    path("async/", depths_async),
]


@override_settings(ROOT_URLCONF=__name__)
class RequestTransactions(TestCase):
    databases = {"default", *ALIASES}

    def setUp(self) -> None:
        for alias in ALIASES:
            entry = connections.settings[alias]
            self.enterContext(patch.dict(entry, ATOMIC_REQUESTS=True))

    def get(self, tenant: str, address: str) -> str:
        return self.client.get(address, headers={"host": host_of(tenant)}).content.decode()

    def test_the_active_tenants_database_alone_has_one(self) -> None:
        none = " ".join(str(len(connections[alias].atomic_blocks)) for alias in ALIASES)
        mine, theirs = none.split()
        more = [str(int(depth) + 1) for depth in (mine, theirs)]
        self.assertEqual(self.get("testclient", "/"), f"{more[0]} {theirs}")
        self.assertEqual(self.get(OTHER_TENANT, "/"), f"{mine} {more[1]}")
        self.assertEqual(self.get(OTHER_TENANT, "/none/"), none)

    def test_an_async_view_can_not_be_one(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "ATOMIC_REQUESTS with async views"):
            self.get("testclient", "/async/")
        with patch.dict(connections.settings["TESTCLIENT"], ATOMIC_REQUESTS=False):
            self.assertEqual(self.get("testclient", "/async/"), "")
