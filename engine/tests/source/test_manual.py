"""The page of settings in the manual names every setting, with its default and what it says."""

from pathlib import Path
from unittest import TestCase

import manydb
from manydb.core.conf import SETTINGS

PAGE = Path(manydb.__file__).parent / "docs" / "settings.md"


def row(name: str) -> str:
    return f"| `{name}` | `{SETTINGS[name].default!r}` | {SETTINGS[name].doc} |"


class Settings(TestCase):
    def test_each_has_its_row(self) -> None:
        rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if "| `" in line]
        self.assertEqual(rows, [row(name) for name in SETTINGS])
