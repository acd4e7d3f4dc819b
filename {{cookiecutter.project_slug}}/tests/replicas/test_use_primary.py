"""``use_primary()``: for code that must see every write, whoever made it."""

from {{ cookiecutter.project_slug }}.databases.replicas import use_primary

from .case import RoutedCase


class UsePrimary(RoutedCase):
    def reads(self) -> str:
        return self.model.objects.all().db

    def test_reads_go_to_the_primary_inside_and_to_the_replica_outside(self) -> None:
        self.assertEqual(self.reads(), self.replica)
        with use_primary():
            self.assertEqual(self.reads(), self.primary)
        self.assertEqual(self.reads(), self.replica)

    def test_it_nests(self) -> None:
        with use_primary():
            with use_primary():
                self.assertEqual(self.reads(), self.primary)
            self.assertEqual(self.reads(), self.primary)
        self.assertEqual(self.reads(), self.replica)

    def test_an_error_restores_what_was_before(self) -> None:
        with self.assertRaises(ZeroDivisionError), use_primary():
            raise ZeroDivisionError
        self.assertEqual(self.reads(), self.replica)

    def test_it_decorates_a_function(self) -> None:
        self.assertEqual(use_primary()(self.reads)(), self.primary)
        self.assertEqual(self.reads(), self.replica)

    def test_a_queryset_made_before_follows_it(self) -> None:
        queryset = self.model.objects.all()
        with use_primary():
            self.assertEqual(queryset.db, self.primary)
