"""Every block of code of the manual runs in a test, or says before it why not."""

import re
from pathlib import Path
from unittest import TestCase

from engine.tests.manual import MANUAL, TYPED, blocks, python_for

ROOT = Path(__file__).parents[3]
SHELL = {"sh", "bash", "console"}

# What types the shell's lines of pages that no test above has: those of a fresh project, in the order of the manual.
TYPED_IN_A_PROJECT = "tests/clients/test_strangers_path.py"

COMMAND = re.compile(
    r"^\s*(\$ |[A-Z_]+=\S* )*(python3?|pip|pytest|docker|curl|git|make|cruft|celery|gunicorn|uv|cat|cp) "
)


class Blocks(TestCase):
    def test_kinds_are_known(self) -> None:
        """Another word before code would be a way around the tests below."""
        known = {*SHELL, "python", "text", "sql", "ini", "toml"}
        self.assertEqual({block.kind for block in blocks()} - known, set())

    def test_no_command_hides_in_a_block_of_text(self) -> None:
        for block in blocks():
            if block.kind == "text":
                with self.subTest(str(block)):
                    self.assertIsNone(COMMAND.search(block.text.split("\n")[0]))

    def test_a_reason_says_something(self) -> None:
        marked = [block for block in blocks() if block.reason]
        self.assertGreater(len(marked), 10)
        for block in marked:
            with self.subTest(str(block)):
                self.assertGreater(len(block.reason.split()), 4)
                self.assertIn(block.kind, {*SHELL, "python", "sql", "ini", "toml"})
                for path in re.findall(r"(?:engine|tests)/[\w/]+\.py", block.reason):
                    self.assertTrue((ROOT / path).is_file(), path)

    def test_a_page_that_is_typed_is_read_by_its_test(self) -> None:
        for page, path in TYPED.items():
            with self.subTest(page=page):
                self.assertTrue((MANUAL / page).is_file())
                self.assertIn(page.rpartition("/")[2], (ROOT / path).read_text(encoding="utf-8"))

    def test_all_python_runs(self) -> None:
        """Blocks of the site with tenants, of the two other routers, and of the pages that are typed."""
        found = [block for block in blocks() if block.kind == "python" and not block.reason]
        run = [
            block
            for router in ("simple", "replica", "tenant")
            for each in python_for(router).values()
            for block in each
        ]
        typed = [block for block in found if block.page in TYPED]
        self.assertGreater(len(run), 35)
        self.assertCountEqual(found, run + typed)
