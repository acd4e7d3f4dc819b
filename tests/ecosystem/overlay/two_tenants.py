"""The pages of a project that exists, for two tenants: a row with a mark in every table, looked for on every page.

Without a router the pages of the project itself are read, and their statuses noted. With all apps in tenants'
databases each tenant's pages answer as these did, and show no mark of the other tenant.
"""

import datetime
import json
import os
import re
import uuid
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connections, models, router, transaction
from django.test import Client, TestCase, override_settings
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse

PLAIN = os.environ["ECOSYSTEM_ROUTER"] == "none"
TENANTS = [""] if PLAIN else ["acme", "globex"]
STATUSES = Path(os.environ["TWO_TENANTS_STATUSES"])
PAGES = 300  # that are read of each
LEFT_OUT = re.compile(r"logout|password|delete|jsi18n")
# What each database has from migrations, and what is written by the engine.
MIGRATED = ("contenttypes", "manydb", "manydb_tenants", "migrations", "sessions")


@override_settings(ALLOWED_HOSTS=["*"])
class TwoTenants(TestCase):
    databases = "__all__"

    @classmethod
    def setUpTestData(cls) -> None:
        cls.made: dict[str, list[models.Model]] = {}
        for tenant in TENANTS:
            with active(tenant):
                root = get_user_model().objects.create_superuser("root", "root@example.com", "word")
                rows = (Row(tenant, number).made(each) for number, each in enumerate(tables()))
                cls.made[tenant] = [root, *filter(None, rows)]

    def test_most_tables_have_a_row_of_each_tenant(self) -> None:
        for tenant, rows in self.made.items():
            self.assertGreater(len({type(row) for row in rows}) / len(tables()), 0.6, tenant)

    def test_no_table_has_a_row_of_another_tenant(self) -> None:
        for alias in () if PLAIN else connections:
            owner = next((each for each in TENANTS if alias.startswith(each.upper())), "")
            with active(owner):
                self.no_row_of_others(alias, owner)

    def no_row_of_others(self, alias: str, owner: str) -> None:
        connection = connections[alias]
        others = [mark(each) for each in TENANTS if each != owner]
        for table in connection.introspection.table_names():
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                rows = repr(cursor.fetchall())
            self.assertEqual([each for each in others if each in rows], [], f"{alias} {table}")

    def test_each_page_answers_as_before_and_shows_no_other_tenants_row(self) -> None:
        found = {tenant: dict(self.pages(tenant)) for tenant in TENANTS}
        if PLAIN:
            STATUSES.write_text(json.dumps(found[""]))
            return
        before = json.loads(STATUSES.read_text())
        self.assertGreater(len(before), 20)
        for tenant, statuses in found.items():
            both = before.keys() & statuses.keys()
            self.assertGreater(len(both), 0.9 * len(before), before.keys() - both)
            # One that fails without manydb may answer: manydb needs no table of time zones of MariaDB.
            others = {p: (before[p], statuses[p]) for p in both if statuses[p] != before[p] != 500}
            self.assertEqual(others, {}, tenant)

    def pages(self, tenant: str) -> Iterator[tuple[str, int]]:
        """Addresses, with numbers and marks left out, and how they answer."""
        host = f"{tenant}.{settings.BASE_DOMAIN}" if tenant else "testserver"
        client = Client(headers={"host": host}, raise_request_exception=False)
        with active(tenant):
            client.force_login(self.made[tenant][0], settings.AUTHENTICATION_BACKENDS[-1])
        others = [mark(each) for each in TENANTS if each != tenant]
        waiting, seen = deque([*addresses(get_resolver()), *self.details(tenant)]), Counter[str]()
        while waiting and sum(seen.values()) < PAGES:
            address = waiting.popleft()
            kind = re.sub(r"\d+", "N", re.sub(r"zq\w*?zq-?\d*", "M", address))
            if seen[kind] or LEFT_OUT.search(address):
                continue
            seen[kind] += 1
            response = client.get(address)
            shown = "" if response.streaming else response.content.decode(errors="replace")
            self.assertEqual([each for each in others if each in shown], [], f"{tenant} {address}")
            yield kind, response.status_code
            if "html" in response.get("content-type", ""):
                waiting += re.findall(r'href="(/(?!static|media)[^"#?]*)', shown)

    def details(self, tenant: str) -> Iterator[str]:
        for row in self.made[tenant]:
            meta = row._meta
            try:
                yield reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
            except NoReverseMatch:
                continue


class Row:
    """Makes a row whose texts have the mark of a tenant, and the rows that it points at."""

    def __init__(self, tenant: str, number: int) -> None:
        self.mark, self.number, self.making = mark(tenant), number, set[type[models.Model]]()

    def made(self, model: Any) -> Any:
        """The row; None where a rule of the model refuses it, which is no matter of databases."""
        if model in self.making:
            return model._base_manager.first()
        self.making.add(model)
        fields = [each for each in model._meta.fields if not is_filled(each)]
        try:
            with transaction.atomic(using=router.db_for_write(model)):
                row = model(**{each.name: self.value(model, each) for each in fields})
                if hasattr(model, "add_root"):
                    return model.add_root(instance=row)
                row.save()
                return row
        except Exception:
            return model._base_manager.first()

    def value(self, model: Any, field: Any) -> Any:
        if field.is_relation:
            if field.related_model is ContentType:
                return ContentType.objects.get_for_model(model)
            return None if field.null else self.made(field.related_model)
        if field.has_default() or field.null:
            return field.get_default()
        if field.choices:
            return field.flatchoices[0][0]
        text = f"{self.mark}{self.number}"
        values = {
            models.EmailField: f"{text}@example.com",
            models.URLField: f"https://example.com/{text}",
            models.GenericIPAddressField: "10.0.0.1",
            (models.CharField, models.TextField): text[: field.max_length],
            models.UUIDField: uuid.uuid4(),
            models.BooleanField: True,
            models.DateTimeField: datetime.datetime.now(datetime.UTC),
            models.DateField: datetime.date(2026, 11, 1),
            models.DurationField: datetime.timedelta(1),
            (models.IntegerField, models.DecimalField, models.FloatField): self.number,
        }
        return next((each for kinds, each in values.items() if isinstance(field, kinds)), "")


def is_filled(field: Any) -> bool:
    """Whether Django or a tree fills the field."""
    is_parent = field.is_relation and field.remote_field.parent_link
    return (
        is_parent
        or isinstance(field, models.AutoField)
        or field.name in {"path", "depth", "numchild"}
    )


def mark(tenant: str) -> str:
    return f"zq{tenant}zq"


def active(tenant: str) -> AbstractContextManager[Any]:
    if not tenant:
        return nullcontext()
    from manydb.tenants import tenant_context

    return tenant_context(tenant)


def tables() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy and model._meta.app_label not in MIGRATED
    ]


def addresses(resolver: Any, names: str = "") -> Iterator[str]:
    """Those that need no argument."""
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from addresses(each, f"{names}{each.namespace}:" if each.namespace else names)
        elif each.name:
            try:
                yield reverse(names + each.name)
            except NoReverseMatch:
                continue
