"""The guide's dangerous mistakes: none happens with our routers."""

from engine.tests.mistakes import Mistakes


class OurRouter(Mistakes):
    def test_no_row_of_another_tenant_is_changed(self) -> None:
        self.assertEqual(self.cross_tenant_write(), "safe")

    def test_a_replica_is_not_written_to(self) -> None:
        self.assertEqual(self.write_to_replica(), "safe")

    def test_objects_of_two_tenants_are_not_related(self) -> None:
        self.assertEqual(self.cross_tenant_relation(), "safe")
