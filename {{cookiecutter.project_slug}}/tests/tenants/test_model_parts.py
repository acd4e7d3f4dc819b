"""What Django makes for a tenants' model by itself is as careful as the model."""

from django.db.models import Manager
from django.test import SimpleTestCase
from django.test.utils import isolate_apps

from {{ cookiecutter.project_slug }}.databases.models import TenantManager, TenantModel
from {{ cookiecutter.project_slug }}.tenants.model_parts import guard_parts


class OwnManager(TenantManager):
    pass


@isolate_apps("tests")
class BaseManagers(SimpleTestCase):
    def test_djangos_is_guarded_though_somebody_has_asked_for_it_before(self) -> None:
        class Shelf(TenantModel):
            class Meta:
                app_label = "tests"

        self.assertIs(type(Shelf._base_manager), Manager)
        guard_parts(Shelf)
        self.assertIs(type(Shelf._base_manager), TenantManager)

    def test_one_that_the_model_names_is_kept(self) -> None:
        class Shelf(TenantModel):
            objects = OwnManager()

            class Meta:
                app_label = "tests"
                base_manager_name = "objects"

        guard_parts(Shelf)
        self.assertIs(type(Shelf._base_manager), OwnManager)
