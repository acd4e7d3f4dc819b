"""The admin on several databases: shared tables on the base domain, a tenant's on its own host."""

from contextvars import Context

from django.conf import settings
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connections
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engine.site.accounts.models import Account
from engine.site.conferences.models import (
    Abstract,
    AbstractAuthor,
    Conference,
    CustomField,
    Person,
)
from engine.tests.active import DB

from .cases import LegacyTestCase


def changelist(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


class Admin(LegacyTestCase):
    user: AbstractBaseUser
    conference: Conference

    @classmethod
    def setUpTestData(cls) -> None:
        cls.user = get_user_model().objects.create_superuser("root")
        Account.objects.create(acronym="ESHT", accountname="Hydrology")
        cls.conference = Conference.objects.using(DB).create(code="TIDES", name="Tides")
        Person.objects.using(DB).create(pid=7, last_name="Okonkwo")

    def on(self, host: str) -> Client:
        client = Client(headers={"host": host})
        Context().run(client.force_login, self.user)  # with no tenant, so that any host takes it
        return client

    def on_tenant(self) -> Client:
        return self.on(f"testclient.{settings.BASE_DOMAIN}")

    def test_lists_find_rows_in_the_models_own_database(self) -> None:
        for model, word in [(Account, "Hydro"), (Conference, "Tides"), (Person, "Okonk")]:
            with self.subTest(model._meta.label):
                page = self.on_tenant().get(changelist(model), {"q": word})
                self.assertContains(page, "1 result")

    def test_a_list_does_not_ask_for_each_rows_conference(self) -> None:
        for model in [Abstract, CustomField]:
            with self.subTest(model._meta.label):
                few = self.queries_of(model, rows=1)
                self.assertEqual(self.queries_of(model, rows=5), few)

    def queries_of(self, model: type[Model], rows: int) -> int:
        for number in range(rows):
            model._default_manager.using(DB).get_or_create(id=number, conference=self.conference)
        client = self.on_tenant()
        with CaptureQueriesContext(connections[DB]) as queries:
            self.assertContains(client.get(changelist(model)), "Tides", rows)
        return len(queries)

    def test_accounts_are_on_the_base_domain_too_and_the_tenants_tables_are_not(self) -> None:
        client = self.on(settings.BASE_DOMAIN)
        self.assertEqual(client.get(changelist(Account)).status_code, 200)
        self.assertEqual(client.get(changelist(Person)).status_code, 403)

    def test_a_row_with_a_composite_key_is_shown_and_not_changed(self) -> None:
        Abstract.objects.using(DB).create(id=3, title="Ebb", conference=self.conference)
        AbstractAuthor.objects.using(DB).create(abstract_id=3, person_id=7, affiliation="KNMI")
        client = self.on_tenant()
        self.assertContains(client.get(changelist(AbstractAuthor), {"q": "KNMI"}), "1 result")
        key = quote('["3", "7"]')
        row = reverse("admin:conferences_abstractauthor_change", args=[key])
        page = client.get(row)
        for shown in ("Ebb", "KNMI"):
            self.assertContains(page, shown)
        self.assertNotContains(page, "_save")
        self.assertEqual(client.post(row).status_code, 403)

    def test_rows_are_not_counted(self) -> None:
        client = self.on_tenant()
        for model in (Person, AbstractAuthor):
            with self.subTest(model._meta.label), CaptureQueriesContext(connections[DB]) as queries:
                client.get(changelist(model), {"q": "a"})
            self.assertNotIn("COUNT(", "".join(query["sql"] for query in queries))
