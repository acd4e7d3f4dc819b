"""A test can say where reads must go."""

from manydb.testing import assert_reads_from

from .case import ReadingCase


class WhereReadsGo(ReadingCase):
    def test_from_the_replica_as_expected(self) -> None:
        with assert_reads_from(self.replica):
            self.model.objects.exists()

    def test_another_alias_than_expected_fails(self) -> None:
        wrong = f"Read from {self.replica} instead of {self.primary}"
        with self.assertRaisesRegex(AssertionError, wrong), assert_reads_from(self.primary):
            self.model.objects.exists()

    def test_nothing_read_fails(self) -> None:
        with self.assertRaisesRegex(AssertionError, "no alias"), assert_reads_from(self.replica):
            self.model.objects.create(text="one")
