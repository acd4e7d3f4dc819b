"""Visitors of a site whose tenants are entered by their members, and the pages that say who they are."""

from contextlib import nullcontext
from typing import Any

from django.contrib.auth import alogin, get_user_model, login
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, TestCase, override_settings
from django.urls import include, path

from engine.tests.names import OTHER_TENANT, host_of
from manydb.tenants import tenant_context
from manydb.testing import member

OURS, THEIRS = "testclient", OTHER_TENANT
PASSWORD = "for a test"


def who(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.user} {request.user.is_authenticated and request.user.is_staff}")


async def who_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(await request.auser()))


def enter(request: HttpRequest) -> HttpResponse:
    """As after a password reset: the user is known, and no backend was asked."""
    user = get_user_model().objects.get(username=request.GET["name"])
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse(str(request.user))


async def enter_async(request: HttpRequest) -> HttpResponse:
    user = await get_user_model().objects.aget(username=request.GET["name"])
    await alogin(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse(str(request.user))


def sign_up(request: HttpRequest) -> HttpResponse:
    user = get_user_model().objects.create_user(request.GET["name"], password=PASSWORD)
    login(request, user)
    return HttpResponse(str(request.user))


urlpatterns = [
    path("who/", who),
    path("who-async/", who_async),
    path("enter/", enter),
    path("enter-async/", enter_async),
    path("sign-up/", sign_up),
    path("", include("engine.site.urls")),
]


@override_settings(TENANT_MEMBERSHIP=True, ROOT_URLCONF=__name__)
class MembershipCase(TestCase):
    databases = {"default", "TESTCLIENT", "ACME"}

    @classmethod
    def setUpTestData(cls) -> None:
        users = get_user_model().objects
        cls.clerk = users.create_user("clerk", password=PASSWORD, is_staff=True)
        member(cls.clerk, OURS)

    def visitor(self, tenant: str | None) -> Client:
        return Client(headers={"host": host_of(tenant) if tenant else "testserver"})

    def logged_in(self, tenant: str | None, user: Any = None, **kwargs: Any) -> Client:
        """A client whose session was there before: where it began it was the tenant's."""
        client = self.visitor(tenant)
        there = tenant_context(tenant) if tenant else nullcontext()
        with override_settings(TENANT_MEMBERSHIP=False), there:
            client.force_login(user or self.clerk, **kwargs)
        return client

    def name_at(self, client: Client, page: str = "/who/") -> str:
        return client.get(page).content.decode().split()[0]


class AsyncVisitor(AsyncClient):
    """Names one host: Django's own sends "testserver" as well."""

    def __init__(self, tenant: str) -> None:
        super().__init__()
        self.host = host_of(tenant).encode()

    async def request(self, **request: Any) -> Any:
        others = [(name, value) for name, value in request["headers"] if name != b"host"]
        request["headers"] = [*others, (b"host", self.host)]
        return await super().request(**request)
