"""The manual's blocks of Python run, in a site with tenants or with the router that their heading names."""

import re
from contextlib import ExitStack
from functools import partial
from types import SimpleNamespace
from typing import Any

from celery import _state as celery_state
from django.contrib.auth import get_user_model
from django.db import migrations, models
from django.db.models import Count, Q
from django.db.transaction import on_commit
from django.http import JsonResponse
from django.urls import path
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from engine.site.conferences.models import Abstract, Conference, Person
from engine.site.news.models import Announcement, Topic
from engine.site.notes.models import Note, Receipt
from engine.tests.manual import Block, CodeOfTheManual, python_for
from engine.tests.names import OTHER_ALIAS
from manydb.models import TenantModel
from manydb.tenants import tenant_context

PAGES = python_for("tenant")

# Pages that say elsewhere that a tenant is active.
OF_A_TENANT = {
    "operations/games.md",
    "queries.md",
    "references.md",
    "replicas.md",
    "tenants/tasks.md",
    "transactions.md",
}


def given(page: str) -> dict[str, Any]:
    """What the pages take for granted: models of the owner's, and names that their text introduces."""
    user = get_user_model().objects.create_user("ada")
    names: dict[str, Any] = {
        "models": models,
        "migrations": migrations,
        "path": path,
        "Q": Q,
        "Count": Count,
        "on_commit": on_commit,
        "JsonResponse": JsonResponse,
        "csrf_exempt": csrf_exempt,
        "TenantModel": TenantModel,
        "User": get_user_model(),
        "Note": Note,
        "News": Announcement,
        "Question": Topic,
        "Invoice": Receipt,
        "Abstract": Abstract,
        "Conference": Conference,
        "Person": Person,
        "people": [Person(pk=1)],
        "GraphQLView": View,
        "get_param": {"MEDIA_BUCKET": "shop"}.get,
        "INSTALLED_APPS": [],
        "STORAGES": {},
        "urlpatterns": [],
        "include": lambda module: ([], None, None),
        "request": SimpleNamespace(user=user),
        "key": SimpleNamespace(user=user),
        "book": lambda key: None,
        "send_invoices": SimpleNamespace(delay=lambda month: None),
    }
    if page in OF_A_TENANT:
        names["pk"] = (Receipt if page == "transactions.md" else Note).objects.create().pk
    return names


class Pages(CodeOfTheManual):
    databases = {"default", "accounts", "TESTCLIENT", OTHER_ALIAS, "GLOBEX"}

    def run_page(self, page: str, found: list[Block]) -> None:
        app = celery_state.default_app
        self.addCleanup(celery_state.set_default_app, app)
        with ExitStack() as opened:
            if page in OF_A_TENANT:
                opened.enter_context(tenant_context("acme"))
            names = given(page)
            if page == "queries.md":  # shows views, whose requests may read replicas
                for block in found:
                    self.in_a_request(partial(self.run_blocks, [block], names))
            else:
                self.run_blocks(found, names)


def run_it(page: str, found: list[Block]) -> Any:
    return lambda self: self.run_page(page, found)


for name, found in PAGES.items():
    setattr(Pages, "test_" + re.sub(r"\W", "_", name.removesuffix(".md")), run_it(name, found))
