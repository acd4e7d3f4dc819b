"""The guide's dangerous mistakes: each happens with the guide's routers."""

from django.test import override_settings

from engine.tests.mistakes import Mistakes


@override_settings(DATABASE_ROUTERS=["engine.tests.guide_routers.DBRouter"])
class GuidesDBRouter(Mistakes):
    def test_a_row_of_another_tenant_is_changed(self) -> None:
        self.assertRegex(self.cross_tenant_write(), "^harm")

    def test_a_replica_is_written_to(self) -> None:
        self.assertRegex(self.write_to_replica(as_django=True), "^harm")

    def test_with_the_engine_a_replica_is_not_even_written_to_then(self) -> None:
        self.assertEqual(self.write_to_replica(), "safe")


@override_settings(DATABASE_ROUTERS=["engine.tests.guide_routers.TenantRouter"])
class GuidesTenantRouter(GuidesDBRouter):
    def test_objects_of_two_tenants_are_related(self) -> None:
        self.assertRegex(self.cross_tenant_relation(), "^harm")
