"""A tenants' model in the admin: with TenantRouter it may be registered in the plain way, with others ``check`` says how."""

from django.contrib import admin
from django.test import SimpleTestCase

from engine.site.notes.models import Folder
from engine.tests.expectations import ROUTER
from manydb.core.admin_checks import check_admins


class AdminChecks(SimpleTestCase):
    def test_one_that_is_registered_in_the_plain_way(self) -> None:
        self.assertEqual(check_admins(None), [])
        registered = type(admin.site.get_model_admin(Folder))
        admin.site.unregister(Folder)
        try:
            admin.site.register(Folder)
            found = check_admins(None)
        finally:
            admin.site.unregister(Folder)
            admin.site.register(Folder, registered)
        self.assertEqual([each.id for each in found], [] if ROUTER == "tenant" else ["manydb.E021"])
        for each in found:
            self.assertIn("manydb.admin.DatabaseAdmin", str(each.hint))
