"""What the ``databases`` command and the start page show of replicas."""

from unittest.mock import patch

from django.db import OperationalError

from manydb.core import status
from manydb.core.monitoring import monitor

from .case import RoutedCase


class Sight(RoutedCase):
    def shown(self, **answered: int | None) -> list[tuple[str, float | None]]:
        """The share of the primary and its replica, when they have answered so much."""
        counts = {self.primary: answered["primary"], self.replica: answered["replica"]}
        with patch.object(monitor(), "of", lambda alias: {"answered": counts[alias]}):
            rows = status.status_of([self.primary, self.replica])
        return [(row.alias, row.share) for row in rows]

    def test_the_share_of_each_in_what_all_of_them_have_answered(self) -> None:
        self.assertEqual(
            self.shown(primary=10, replica=30), [(self.primary, 0.25), (self.replica, 0.75)]
        )

    def test_no_share_unless_all_of_them_say(self) -> None:
        for answered in ({"primary": 10, "replica": None}, {"primary": 0, "replica": 0}):
            with self.subTest(answered):
                shares = {share for _, share in self.shown(**answered)}
                self.assertEqual(shares, {None})

    def test_the_state_of_a_replica(self) -> None:
        primary, replica = status.status_of([self.primary, self.replica])
        self.assertEqual((primary.state, replica.state), ("", "ok"))

    def test_one_that_does_not_answer_is_down(self) -> None:
        with patch.object(status, "seconds_behind", side_effect=OperationalError("away")):
            primary, replica = status.status_of([self.primary, self.replica])
        self.assertTrue(primary.reachable)
        self.assertEqual((replica.reachable, replica.state, replica.error), (False, "down", "away"))
