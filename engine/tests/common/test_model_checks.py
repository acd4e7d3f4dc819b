"""``_DATABASE`` names a database of this project that is shared, or check says what to write."""

from typing import Any
from unittest.mock import patch

from django.db import connections, models
from django.test import SimpleTestCase
from django.test.utils import isolate_apps

from engine.site.databases import MEMORY
from manydb.core.model_checks import check_homes
from manydb.models import TenantModel

# A mark, what is said of it, and what to do. An empty text: it is right.
CASES: list[tuple[str, Any, str, str]] = [
    ("a shared database", "accounts", "", ""),
    ("default", "default", "", ""),
    ("each tenant's", "(one per tenant)", "", ""),
    ("an alias of others", "analytics", "", ""),
    ("an unknown alias", "acounts", '_DATABASE = "acounts", which is not in DATABASES', "Use one of default, accounts."),
    ("a tenant's name", "acme", "is not in DATABASES", "Use one of"),
    ("a replica", "accounts_RO", "is a replica", 'Write "accounts"'),
    ("a replica of default", "default_RO", "is a replica", 'Write "default"'),
    ("a tenant", "ACME", "is one tenant's database", "manydb.models.TenantModel"),
    ("a tenant's replica", "ACME_RO", "is a replica", 'Write "ACME"'),
    ("nothing", None, "_DATABASE = null, which names no database", "Use one of"),
    ("an empty text", "", '_DATABASE = "", which names no database', "Use one of"),
    ("a list", ["accounts"], "names no database", "Use one of"),
    ("a class", TenantModel, "names no database", "Use one of"),
]  # fmt: skip


class Homes(SimpleTestCase):
    def test_each_mark_is_right_or_refused_with_what_to_write(self) -> None:
        others = connections.configure_settings({"default": {}, "analytics": MEMORY})["analytics"]
        with patch.dict(connections.settings, {"analytics": others}):
            for case, mark, wrong, hint in CASES:
                with self.subTest(case), isolate_apps("engine.site.bookshelf") as isolated:
                    meta = type("Meta", (), {"app_label": "library"})
                    body = {"__module__": __name__, "Meta": meta, "_DATABASE": mark}
                    type("Marked", (models.Model,), body)
                    found = check_homes([isolated.get_app_config("library")])
                    if not wrong:
                        self.assertEqual(found, [])
                        continue
                    (error,) = found
                    self.assertEqual(error.id, "manydb.E001")
                    self.assertIn(wrong, error.msg)
                    self.assertIn(hint, error.hint or "")
