"""Queries of a project in production, each of which asks the server that runs it who it is.

``python -m live read_and_write`` prints the answers as JSON; ``live_settings`` serves one as a page.
"""

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from uuid import uuid4

import django
from asgiref.sync import sync_to_async
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import CharField, IntegerField, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from write_forms import statements

PROJECT = settings.WSGI_APPLICATION.partition(".")[0]
NUMBER = {"mysql": "@@server_id", "postgresql": "inet_server_port()"}


def number() -> RawSQL:
    return RawSQL(NUMBER[connection.vendor], (), output_field=IntegerField())


def server_of(queryset: QuerySet[Any]) -> int:
    """The server that answers this query."""
    answer: int = queryset.annotate(server=number()).values_list("server", flat=True)[:1].get()
    return answer


def objects(name: str, using: str | None = None) -> QuerySet[Any]:
    manager = apps.get_model(name)._default_manager
    return manager.using(using) if using else manager.all()


def tenant_s(name: str) -> QuerySet[Any]:
    """Of the active tenant or, where none can be active, of ACME."""
    return objects(name, None if has_context() else "ACME")


def has_context() -> bool:
    return apps.is_installed("manydb.tenants")


def acme() -> AbstractContextManager[None]:
    if not has_context():
        return nullcontext()
    from manydb.tenants.context import tenant_context

    return tenant_context("acme")


def using_replicas() -> AbstractContextManager[Any]:
    """Reads as a request does that only reads."""
    if not apps.is_installed("manydb.replicas"):
        return nullcontext()
    from manydb.replicas import use_replica

    return use_replica()


def who_reads() -> dict[str, int]:
    """By alias; for ACME_RO with a query that names it."""
    return {
        "default": server_of(objects("contenttypes.ContentType")),
        "accounts": server_of(objects("accounts.Account")),
        "ACME": server_of(tenant_s("conferences.Conference")),
        "ACME_RO": server_of(objects("conferences.Conference", "ACME_RO")),
    }


def read_and_write() -> list[dict[str, int]]:
    """Who reads, with replicas and without; and rows that hold the number of the server that wrote them."""
    settings.PRIMARY_APPS = ()  # content types stand for a model of the project's own
    with acme():
        outside = who_reads()
        with using_replicas():
            inside = who_reads()
        me = Cast(number(), CharField(max_length=20))
        objects("auth.Group").create(name=me)
        objects("accounts.Account").create(acronym="NEW", accountname=me)
        tenant_s("conferences.Registration").create(conference_id="ESHT24", email=me)
    return [inside, outside]


def write_to_replicas() -> list[dict[str, list[str]]]:
    """What stops a write to each replica, with our guards and without."""
    writes = {
        "default_RO": objects("auth.Group", "default_RO"),
        "accounts_RO": objects("accounts.Account", "accounts_RO"),
        "ACME_RO": objects("conferences.Conference", "ACME_RO"),
    }
    guarded = {alias: _failure(rows) for alias, rows in writes.items()}
    for alias in writes:
        connections[alias].driver_cursors.checks.clear()
        connections[alias].driver_cursors.by_text.clear()
    return [guarded, {alias: _failure(rows) for alias, rows in writes.items()}]


def _failure(rows: QuerySet[Any]) -> list[str]:
    try:
        rows.create(pk=1)
    except DatabaseError as error:
        return [type(error).__name__, str(error)]
    return []


def write_then_read(request: HttpRequest) -> JsonResponse:
    """Who reads before this request's first write, and who reads after it."""
    if has_context():
        reads, writes = tenant_s("conferences.Conference"), tenant_s("conferences.Registration")
        row = {"conference_id": "ESHT24", "email": f"{uuid4()}@shop.example"}
    else:
        reads, writes = objects("contenttypes.ContentType"), objects("auth.Group")
        row = {"name": str(uuid4())}
    before = server_of(reads.all())
    writes.create(**row)
    return JsonResponse([before, server_of(reads.all())], safe=False)


def own_model() -> QuerySet[Any]:
    """Rows that a test writes: Registrations of the active tenant, or Groups where none can be active."""
    return tenant_s("conferences.Registration") if has_context() else objects("auth.Group")


def new_row() -> dict[str, str]:
    """What ``own_model()`` takes for a row that there is not."""
    if has_context():
        return {"conference_id": "ESHT24", "email": f"{uuid4()}@shop.example"}
    return {"name": str(uuid4())}


def text_field() -> str:
    """A field of ``own_model()`` that may hold any text."""
    return "email" if has_context() else "name"


@csrf_exempt
def change(request: HttpRequest, pk: int) -> JsonResponse:
    """Gets a row, adds one to the number that its text begins with, and saves it."""
    row = own_model().get(pk=pk)
    number, _, rest = getattr(row, text_field()).partition("-")
    setattr(row, text_field(), f"{int(number) + 1}-{rest}")
    row.save()
    return JsonResponse({"pk": pk})


@csrf_exempt
def claim(request: HttpRequest, text: str) -> JsonResponse:
    """Makes a row with this text unless there is one."""
    if taken := own_model().filter(**{text_field(): text}).exists():
        return JsonResponse({"taken": taken})
    return JsonResponse(
        {"taken": taken, "pk": own_model().create(**new_row() | {text_field(): text}).pk}
    )


def write(request: HttpRequest) -> JsonResponse:
    """Writes a row, and says its key."""
    return JsonResponse({"pk": own_model().create(**new_row()).pk})


def write_by(request: HttpRequest, form: str) -> JsonResponse:
    """Writes a row by raw SQL of this form, and says its key."""
    alias, text = "ACME" if has_context() else "default", f"{uuid4()}@shop.example"
    vendor = connections[alias].vendor
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        for statement in statements(vendor, form, text, of_tenant=has_context()):
            cursor.execute(statement)
        pk = cursor.fetchone()[0] if form.startswith("view") else None
    if pk is None:
        pk = own_model().using(alias).get(**{text_field(): text}).pk
    return JsonResponse({"pk": pk})


def read(request: HttpRequest, pk: int) -> JsonResponse:
    """Whether there is such a row, and the server that says so."""
    found = own_model().filter(pk=pk).exists()
    return JsonResponse({"found": found, "server": server_of(some_rows())})


def some_rows() -> QuerySet[Any]:
    """Of the database that ``own_model()`` lives in, and never none."""
    return (
        tenant_s("conferences.Conference") if has_context() else objects("contenttypes.ContentType")
    )


def who_logs_in(request: HttpRequest) -> JsonResponse:
    """The account of each connection that this request needs."""
    aliases = ["default", "ACME"] if has_context() else ["default"]
    return JsonResponse([_account(alias) for alias in aliases], safe=False)


def _account(alias: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            {"mysql": "select user()", "postgresql": "select session_user"}[connection.vendor]
        )
        return str(cursor.fetchone()[0]).partition("@")[0]


async def write_in_async(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"pk": (await own_model().acreate(**new_row())).pk})


async def read_in_async(request: HttpRequest, pk: int) -> JsonResponse:
    found = await own_model().filter(pk=pk).aexists()
    return JsonResponse({"found": found, "server": await sync_to_async(server_of)(some_rows())})


if __name__ == "__main__":
    django.setup()
    print(json.dumps(globals()[sys.argv[1]]()))
