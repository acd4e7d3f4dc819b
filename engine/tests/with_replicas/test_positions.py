"""How far a server has got, in each engine's words, and which servers may be compared."""

from django.test import SimpleTestCase

from manydb.replicas.applied import Progress
from manydb.replicas.position_sql import Galera, MariaDB, MySQL, PostgreSQL

A, B = "3e11fa47-71ca-11e1-9e33-c80aa9429562", "4f22"

REACHED = [
    (PostgreSQL, "0/16B3740", "0/16B3740@17"),
    (PostgreSQL, "1/0", "0/FFFFFFFF@17"),
    (PostgreSQL, "0/16B3740@17", "0/16B3740@17"),  # the primary itself
    (MariaDB, "0-1-42", "0-1-42@17"),
    (PostgreSQL, "0/16B3740.2", "0/16B3740.2@17"),
    (
        PostgreSQL,
        "0/16B3740.A",
        "0/16B3740.2@17",
    ),  # it has followed a server that was promoted since
    (MariaDB, "0-2-43,7-3-9|0-1-42,0-2-43,7-3-9", "0-1-42@17"),  # after failover
    (MariaDB, "0-2-43|0-2-43", "0-2-42@17"),
    (MariaDB, "0-1-42@17", "0-1-42@17"),
    (Galera, f"{A}:42", f"{A}:42"),
    (Galera, f"{A}:100", f"{A}:42"),
    (MySQL, f"{A}:1-9", f"{A}:1-5"),
    (MySQL, f"{A}:1-9,{B}:1-3", f"{A}:1-5,{B}:3"),
    (MySQL, f"{A}:1-9:newer:1-4", f"{A}:2:newer:1-4"),
]
NOT_REACHED = [
    (PostgreSQL, "0/FFFFFFFF", "1/0@17"),
    (PostgreSQL, "9/0@18", "1/0@17"),  # it follows none, and is another than has written
    (PostgreSQL, "1/0.1", "0/16B3740.2@17"),  # further, in the history that was left
    (PostgreSQL, "1/0.9", "0/16B3740.A@17"),
    (MariaDB, "0-1-99|0-1-99", "0-2-42@17"),  # the same
    (MariaDB, "0-1-99", "0-2-42@17"),  # it does not say what it had
    (MariaDB, "0-1-41", "0-1-42@17"),
    (MariaDB, "0-1-42", "0-1-42,7-3-9@17"),
    (MariaDB, "0-1-99@18", "0-1-42@17"),
    (MariaDB, "", "0-1-42@17"),
    (Galera, f"{A}:41", f"{A}:42"),
    (Galera, f"{B}:99", f"{A}:42"),  # another cluster, or the same after it was bootstrapped again
    (Galera, "", f"{A}:42"),  # not ready
    (MySQL, f"{A}:1-9", f"{A}:1-5,{B}:1"),
    (MySQL, f"{A}:1-3:5-9", f"{A}:1-9"),  # out of order
    (MySQL, f"{A}:1-9", f"{A}:newer:1"),
    (MySQL, "", f"{A}:1"),
]


class Covers(SimpleTestCase):
    def test_a_replica_that_has_got_there_and_one_that_has_not(self) -> None:
        for cases, expected in ((REACHED, True), (NOT_REACHED, False)):
            for dialect, applied, written in cases:
                with self.subTest(dialect=dialect.__name__, applied=applied, written=written):
                    self.assertIs(dialect().covers(applied, written), expected)


class Lag(SimpleTestCase):
    def setUp(self) -> None:
        self.progress = Progress()

    def check(self, now: float, written: int, applied: int) -> float:
        self.progress.expect(now, f"0/{written:X}")
        self.progress.note(f"0/{applied:X}", PostgreSQL())
        return self.progress.at_most(now)

    def test_it_is_as_late_as_the_newest_that_it_has_is_old(self) -> None:
        self.assertEqual(self.check(1, written=10, applied=5), float("inf"))
        self.assertEqual(self.check(2, written=20, applied=10), 1)
        self.assertEqual(self.check(3, written=30, applied=20), 1)
        self.assertEqual(self.check(9, written=40, applied=20), 7)
        self.assertEqual(self.check(10, written=40, applied=40), 0)

    def test_for_sure_it_is_as_late_as_what_it_lacks_is_old(self) -> None:
        for now, written, applied, at_least in (
            (1, 10, 5, 0),
            (3, 20, 5, 2),
            (20, 90, 20, 0),  # nobody has looked for 17 seconds, and it is well
            (24, 95, 40, 4),
            (25, 95, 95, 0),
        ):
            self.check(now, written, applied)
            self.assertEqual(self.progress.at_least(now), at_least)

    def test_an_idle_primary_makes_it_not_late(self) -> None:
        for now in (1, 100, 10_000):
            self.assertEqual(self.check(now, written=10, applied=10), 0)

    def test_what_a_restored_primary_had_before_is_not_waited_for(self) -> None:
        self.check(1, written=900, applied=5)
        self.assertEqual(self.check(2, written=10, applied=10), 0)
