"""A relation between models of two databases is refused with what to use instead; one within a database works."""

from typing import Any

from django.conf import settings
from django.core.checks import run_checks
from django.db import models
from django.test import SimpleTestCase
from django.test.utils import isolate_apps

from engine.site.accounts.models import Account
from engine.site.bookshelf.models import Book
from engine.site.conferences.models import Conference
from engine.site.notes.models import Note
from engine.site.users.models import User
from manydb.models import DatabaseReference, TenantModel

DEFAULT: dict[str, Any] = {}
ACCOUNTS = {"_DATABASE": "accounts"}
CASCADE = models.CASCADE

# A model's base, its mark, its field, and what check finds: an id, and words of the hint.
CASES: list[tuple[str, type[models.Model], dict[str, Any], Any, str, str]] = [
    ("a tenant's to the user", TenantModel, {}, lambda: models.ForeignKey(User, CASCADE), "E002", 'DatabaseReference("users.User")'),
    ("a tenant's, one to one", TenantModel, {}, lambda: models.OneToOneField(User, CASCADE), "E002", 'DatabaseReference("users.User", unique=True)'),
    ("a tenant's to many users", TenantModel, {}, lambda: models.ManyToManyField(User), "E002", "make a model of the pairs"),
    ("a tenant's to a shared one", TenantModel, {}, lambda: models.ForeignKey(Book, CASCADE), "E002", 'DatabaseReference("library.Book")'),
    ("a tenant's to a legacy one elsewhere", TenantModel, {}, lambda: models.ForeignKey(Account, CASCADE), "E002", 'DatabaseReference("accounts.Account")'),
    ("a tenant's to a tenant's", TenantModel, {}, lambda: models.ForeignKey(Note, CASCADE), "", ""),
    ("a tenant's to a legacy one of tenants", TenantModel, {}, lambda: models.ForeignKey(Conference, CASCADE, db_constraint=False), "", ""),
    ("with a constraint there", TenantModel, {}, lambda: models.ForeignKey(Conference, CASCADE), "W012", "db_constraint=False"),
    ("a shared to a legacy one elsewhere", models.Model, DEFAULT, lambda: models.ForeignKey(Account, CASCADE), "E002", 'DatabaseReference("accounts.Account")'),
    ("a shared to a legacy one beside it", models.Model, ACCOUNTS, lambda: models.ForeignKey(Account, CASCADE, db_constraint=False), "", ""),
    ("a shared to a shared one elsewhere", models.Model, DEFAULT, lambda: models.ForeignKey(Book, CASCADE), "E002", 'DatabaseReference("library.Book")'),
    ("a shared to the user elsewhere", models.Model, ACCOUNTS, lambda: models.ForeignKey(User, CASCADE), "E002", 'DatabaseReference("users.User")'),
    ("a shared to the user beside it", models.Model, DEFAULT, lambda: models.ForeignKey(User, CASCADE), "", ""),
    ("a shared to a tenant's", models.Model, DEFAULT, lambda: models.ForeignKey(Note, CASCADE), "E002", "keep the tenant and the key in two fields"),
    ("a reference instead", TenantModel, {}, lambda: DatabaseReference(settings.AUTH_USER_MODEL), "", ""),
    ("a reference to a legacy one", models.Model, DEFAULT, lambda: DatabaseReference("accounts.Account"), "", ""),
]  # fmt: skip


class Relations(SimpleTestCase):
    def test_each_works_or_is_refused_with_the_way_out(self) -> None:
        for case, base, mark, field, id, hint in CASES:
            with self.subTest(case), isolate_apps("engine.site.bookshelf") as isolated:
                meta = type("Meta", (), {"app_label": "library"})
                type(
                    "Tried", (base,), {"__module__": __name__, "Meta": meta, "to": field(), **mark}
                )
                found = run_checks([isolated.get_app_config("library")], databases=[])
                found = [each for each in found if str(each.id).startswith("manydb.")]
                self.assertEqual({each.id for each in found}, {f"manydb.{id}"} if id else set())
                for each in found[:1]:
                    self.assertIn(hint, each.hint or "")
