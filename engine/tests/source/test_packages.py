"""The page of packages says what the tests of packages show, and no more."""

import re
import tomllib
from pathlib import Path
from unittest import TestCase

import manydb
from engine.tests.packages import SHOWN_BY

PAGE = Path(manydb.__file__).parent / "docs" / "packages.md"
FOLDERS = Path(__file__).resolve().parents[1] / "packages"
VERDICTS = {"works as it is", "one line"}
# What a project adds for manydb, beside what the package's documentation says.
OURS = (
    "TENANT_APPS",
    "SHARED_APPS",
    "manydb.contrib",
    "shared_key",
    "TenantWebsockets",
    "TenantTask",
)
# Folders in which the tests' own models are placed by a setting, and that need no more.
PLACED = {"auditlog", "reversion", "celery_results", "celery_beat"}


def rows() -> dict[str, tuple[str, str]]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ]
    return {cell[0]: (cell[1], cell[2]) for cell in cells[2:]}


def source_of(folder: str) -> str:
    files = (FOLDERS / f"with_{folder}").rglob("*.py")
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(files))


class Page(TestCase):
    def test_each_package_has_a_row_and_each_row_tests(self) -> None:
        self.assertEqual(list(rows()), sorted(SHOWN_BY))
        shown = {folder for folders in SHOWN_BY.values() for folder in folders}
        there = {path.name.removeprefix("with_") for path in FOLDERS.glob("with_*")}
        self.assertEqual(shown, there)
        for folder in there:
            self.assertTrue([*(FOLDERS / f"with_{folder}").glob("test_*.py")], folder)

    def test_no_row_is_open(self) -> None:
        self.assertLessEqual({verdict for verdict, _ in rows().values()}, VERDICTS)

    def test_a_line_that_a_row_names_is_in_its_tests(self) -> None:
        for package, (verdict, text) in rows().items():
            line = re.search(r"`([^`]+)`", text)
            if verdict == "one line":
                assert line, package
                sources = "\n".join(map(source_of, SHOWN_BY[package]))
                self.assertTrue(
                    all(part in sources for part in re.split(r"\W+", line[1])),
                    f"{package}: {line[1]}",
                )

    def test_what_works_as_it_is_has_no_setting_of_ours(self) -> None:
        for package, (verdict, _) in rows().items():
            for folder in SHOWN_BY[package][:1] if verdict == "works as it is" else ():
                used = [name for name in OURS if name in source_of(folder)]
                if folder not in PLACED:
                    self.assertEqual(used, [], f"{package}: {used}")

    def test_each_is_pinned(self) -> None:
        pyproject = tomllib.loads(
            (FOLDERS.parents[2] / "pyproject.toml").read_text(encoding="utf-8")
        )
        group = pyproject["dependency-groups"]["ecosystem"]
        pinned = {each.partition("==")[0] for each in group if "==" in each}
        self.assertLessEqual({name.lower().replace("_", "-") for name in SHOWN_BY}, pinned)
