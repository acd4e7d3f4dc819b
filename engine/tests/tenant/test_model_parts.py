"""What Django makes for a tenants' model by itself is as careful as the model."""

from django.db.models import FileField, Manager
from django.test import SimpleTestCase
from django.test.utils import isolate_apps

from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.core.exceptions import WrongTenant
from manydb.core.models import TenantManager, TenantModel
from manydb.tenants.context import current_identity, tenant_context
from manydb.tenants.model_parts import guard_parts


class OwnManager(TenantManager):
    pass


@isolate_apps("engine.site.notes")
class BaseManagers(SimpleTestCase):
    def test_djangos_is_guarded_though_somebody_has_asked_for_it_before(self) -> None:
        class Shelf(TenantModel):
            class Meta:
                app_label = "notes"

        self.assertIs(type(Shelf._base_manager), Manager)
        guard_parts(Shelf)
        self.assertIs(type(Shelf._base_manager), TenantManager)

    def test_one_that_the_model_names_is_kept(self) -> None:
        class Shelf(TenantModel):
            objects = OwnManager()

            class Meta:
                app_label = "notes"
                base_manager_name = "objects"

        guard_parts(Shelf)
        self.assertIs(type(Shelf._base_manager), OwnManager)


@isolate_apps("engine.site.notes")
class Files(SimpleTestCase):
    databases = {"default"}  # the catalog

    def test_one_of_another_tenants_object_is_not_taken_for_ours_of_the_same_name(self) -> None:
        class Report(TenantModel):
            file = FileField()

            class Meta:
                app_label = "notes"

        guard_parts(Report)
        self.assertIs(Report.file.field, Report._meta.get_field("file"))
        theirs = Report.from_db(OTHER_ALIAS, ["id", "file"], [1, "1.txt"])
        with tenant_context(OTHER_TENANT):
            self.assertEqual(theirs.file.path.rpartition(current_identity())[2], "/1.txt")
        with tenant_context("testclient"), self.assertRaisesRegex(WrongTenant, OTHER_TENANT):
            theirs.file.delete(save=False)
