"""What the tests of packages have in common: sites with a host each, and where their rows are."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.forms import BaseForm, MultiWidget
from django.http import HttpResponse
from django.test import Client, TestCase, TransactionTestCase

from manydb.testing import aliases_used

from .site import ROUTER

tenants_only = pytest.mark.router("tenant")
replicas_only = pytest.mark.router("replica")


class Site(NamedTuple):
    """A tenant with its host; with ReplicaRouter the one site that there is."""

    name: str | None
    alias: str
    host: str

    @property
    def replica(self) -> str:
        return f"{self.alias}_RO"

    def active(self) -> AbstractContextManager[Any]:
        if self.name is None:
            return nullcontext()
        from manydb.tenants import tenant_context

        return tenant_context(self.name)


SITES: list[Site] = (
    [Site(name, name.upper(), f"{name}.testserver") for name in ("testclient", "acme")]
    if ROUTER == "tenant"
    else [Site(None, "default", "testserver")]
)
DATABASES = {"default"} | {site.alias for site in SITES}


class SiteClient(Client):
    """A browser at the host of a site; notes which aliases its last request used."""

    aliases: list[str]

    def __init__(self, site: Site, **kwargs: Any) -> None:
        super().__init__(headers={"host": site.host}, **kwargs)
        self.site = site

    def request(self, **request: Any) -> Any:
        with aliases_used() as self.aliases:
            return super().request(**request)


def shown_in(form: BaseForm) -> Iterator[tuple[str, Any]]:
    """The names and values that a browser would send back."""
    for field in form:
        value, widget = field.value(), field.field.widget
        if isinstance(widget, MultiWidget):
            for number, part in enumerate(widget.decompress(value)):
                yield f"{field.html_name}_{number}", part
        else:
            yield field.html_name, value


class PackageMixin:
    """For TestCase and its like."""

    databases = DATABASES

    def user(self, name: str = "ada", **fields: Any) -> Any:
        users = get_user_model().objects
        found = users.filter(username=name).first()
        return found or users.create_user(name, f"{name}@example.com", "secret-word", **fields)

    def client_of(self, site: Site, user: Any = None, **kwargs: Any) -> SiteClient:
        client = SiteClient(site, **kwargs)
        if user is not None:
            with site.active():
                client.force_login(user)
        return client

    def admin_of(self, site: Site) -> SiteClient:
        with site.active():  # where each tenant has accounts of its own
            root = self.user("root", is_staff=True, is_superuser=True)
        return self.client_of(site, root)

    def change_in_admin(self, client: Client, path: str, **changes: Any) -> HttpResponse:
        """Sends the form of this page of the admin as it is shown, with these changes."""
        page: Any = self.ok(client.get(path))
        forms = [page.context["adminform"].form]
        for formset in page.context["inline_admin_formsets"]:
            forms += [formset.formset.management_form, *formset.formset.forms]
        sent = {name: value for form in forms for name, value in shown_in(form)} | changes
        response = client.post(path, {k: v for k, v in sent.items() if v not in (None, False)})
        errors = getattr(response, "context", None) and [
            response.context["errors"] if response.status_code == 200 else ""
        ]
        return self.ok(response, 302) if not errors else self.fail(str(errors))  # type: ignore[attr-defined]

    def ok(self, response: Any, status: int = 200) -> HttpResponse:
        shown = response.content.decode(errors="replace")[:2000] if not response.streaming else ""
        self.assertEqual(response.status_code, status, shown)  # type: ignore[attr-defined]
        return response


class PackageCase(PackageMixin, TestCase):
    pass


class PackageTransactionCase(PackageMixin, TransactionTestCase):
    pass


class Checked:
    """Mixed into one class of each package: its settings pass all checks, those of deployment aside."""

    def test_check_finds_nothing(self) -> None:
        call_command("check", fail_level="WARNING")


def eventually(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """What the condition gives as soon as that is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it has not come true"
        time.sleep(0.01)
    return found
