"""A pattern is what ``re.compile()`` makes, from its first use on."""

import re

from django.test import SimpleTestCase

from manydb.core import statements
from manydb.core.patterns import pattern


class Patterns(SimpleTestCase):
    def test_it_is_compiled_when_it_is_used_and_once(self) -> None:
        made = pattern(r"(a+)b", re.IGNORECASE)
        self.assertNotIn("fullmatch", vars(made))
        found = made.fullmatch("AAb")
        self.assertEqual(found and found[1], "AA")
        self.assertIsNone(made.search("b"))
        self.assertEqual(made.sub("-", "abc"), "-c")
        self.assertIs(made.fullmatch, made.fullmatch)
        with self.assertRaises(AttributeError):
            made.unknown  # type: ignore[attr-defined]  # noqa: B018

    def test_one_that_is_wrong_says_so(self) -> None:
        with self.assertRaises(re.error):
            pattern("(").match("")

    def test_statements_are_told_apart_by_such_ones(self) -> None:
        self.assertNotIsInstance(statements._READS, re.Pattern)
        self.assertTrue(statements.only_reads("SELECT 1"))
