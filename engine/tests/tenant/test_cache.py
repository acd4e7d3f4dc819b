"""The cache of answers: who loads one, who may take an old one, and what is forgotten."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from time import sleep

from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.test import SimpleTestCase

from manydb.tenants.cache import TimedCache


class Cache(SimpleTestCase):
    def test_threads_that_miss_at_the_same_time_load_once(self) -> None:
        loads = []
        cache = TimedCache(lambda key: loads.append(key) or sleep(0.05))
        started = Barrier(8)

        def ask() -> None:
            started.wait()
            cache.get("key", 60)

        with ThreadPoolExecutor(8) as threads:
            for each in [threads.submit(ask) for _ in range(8)]:
                each.result()
        self.assertEqual(loads, ["key"])

    def test_what_changed_while_it_was_loaded_is_loaded_again(self) -> None:
        values = ["old", "new"]

        def load(key: str) -> str:
            value = values.pop(0)
            if value == "old":
                cache.forget(key)  # another thread saves, after the row was read
            return value

        cache = TimedCache(load)
        self.assertEqual([cache.get("key", 60), cache.get("key", 60)], ["old", "new"])

    def test_it_holds_no_more_than_it_may(self) -> None:
        loads = []
        cache = TimedCache(lambda key: loads.append(key), size=2)
        for key in "abca":
            cache.get(key, 60)
        self.assertEqual(loads, list("abca"))

    def test_an_answer_is_as_old_as_its_question(self) -> None:
        loads = []
        cache = TimedCache(lambda key: loads.append(key) or sleep(0.02))
        for _ in range(2):
            cache.get("key", 0.01)
        self.assertEqual(len(loads), 2)

    def test_one_key_is_forgotten_alone(self) -> None:
        loads = []
        cache = TimedCache(lambda key: loads.append(key))
        for forgotten in ("a", None):
            cache.get("a", 60)
            cache.get("b", 60)
            cache.forget(forgotten)
        cache.get("b", 60)
        self.assertEqual(loads, list("abab"))

    def test_while_one_thread_loads_the_others_take_the_old_answer(self) -> None:
        answers = iter(["old", "new"])
        loading, answered = Event(), Event()

        def load(key: str) -> str:
            if (answer := next(answers)) == "new":
                loading.set()
                answered.wait(10)
            return answer

        cache = TimedCache(load)
        cache.get("key", 60)
        with ThreadPoolExecutor(1) as thread:
            slow = thread.submit(cache.get, "key", 0)
            loading.wait(10)
            self.assertEqual(cache.get("key", 0), "old")
            answered.set()
            self.assertEqual(slow.result(), "new")

    async def test_in_an_event_loop_an_old_answer_is_better_than_none(self) -> None:
        cache = TimedCache(lambda key: "answer")
        with self.assertRaisesRegex(SynchronousOnlyOperation, "'key' is not known yet"):
            cache.get("key", 0)
        await sync_to_async(cache.get)("key", 0)
        self.assertEqual(cache.get("key", 0), "answer")
        with self.assertRaises(SynchronousOnlyOperation):
            cache.get("key", 0, fresh=True)
