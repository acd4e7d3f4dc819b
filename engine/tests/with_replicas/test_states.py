"""A replica that is not well is asked again after pauses that grow."""

from time import monotonic

from django.test import SimpleTestCase

from manydb.replicas.replica_state import Condition, State


class Pauses(SimpleTestCase):
    def pauses(self, state: State) -> list[float]:
        """Seconds until it is asked again, each time that it is found like this."""
        condition = Condition("replica:1")
        pauses = []
        for _ in range(12):
            condition.becomes(state)
            pauses.append(condition.due - monotonic())
        return pauses

    def test_they_grow_while_it_is_down(self) -> None:
        pauses = self.pauses(State.DOWN)
        self.assertLess(pauses[0], 0.7)
        self.assertGreater(min(pauses[-3:]), 7)
        self.assertLess(max(pauses), 13)

    def test_one_that_answers_is_asked_every_second_at_least_however_long_it_was_late(self) -> None:
        for state in (State.LATE, State.STOPPED):
            pauses = self.pauses(state)
            self.assertLess(pauses[0], 0.1)
            self.assertLess(max(pauses), 1.3)

    def test_they_begin_anew_once_it_was_well(self) -> None:
        condition = Condition("replica:1")
        for state in (*[State.DOWN] * 9, State.OK, State.DOWN):
            condition.becomes(state)
        self.assertLess(condition.due - monotonic(), 0.7)
