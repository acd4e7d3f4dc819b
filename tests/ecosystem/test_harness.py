"""What runs others' suites finds what fails by our doing, and nothing else; the table of suites is whole."""

import tomllib
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from .comparison import Comparison, compare
from .outcomes import Outcome
from .report import table, what_differs
from .running import NotGiven, NotObtained, given, obtain, run
from .suites import HERE, PROJECTS, ROUTERS, Allowed, Suite, read

SETTINGS = """
import django
from django.conf import settings

settings.configure(
    SECRET_KEY="of tests",
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "never opened"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
)
django.setup()
"""

SCRIPT = f"""
import sys
{SETTINGS}
from django.test.utils import get_runner

sys.exit(bool(get_runner(settings)(verbosity=0).run_tests(["test_cases"])))
"""

CASES = """
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import TestCase


class Cases(TestCase):
    def test_passes(self):
        Group.objects.create(name="readers")
        self.assertEqual(Group.objects.get().name, "readers")

    def test_fails_always(self):
        self.fail()

    def test_fails_with_a_router(self):
        for name in ["routers", "manydb"]:
            with self.subTest(name):
                self.assertEqual(settings.DATABASE_ROUTERS, [])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    (source / "run.py").write_text(SCRIPT)
    (source / "conftest.py").write_text(SETTINGS)
    (source / "test_cases.py").write_text(CASES)
    return tmp_path


def compared(folder: Path, reports: str = "unittest", **columns: object) -> Comparison:
    command = "run.py" if reports == "unittest" else "-m pytest -q -p no:cacheprovider ."
    row = {"command": command, "routers": ("simple",), "reports": reports, "minutes": 2, **columns}
    suite = Suite("it", "it==1", sha256="", **row)
    source, results = folder / "source", folder / "results"
    without = run(suite, "none", source, results)
    with_router = {each: run(suite, each, source, results) for each in suite.routers}
    return compare(suite, without, with_router)


@pytest.mark.parametrize("reports", ["unittest", "pytest"])
def test_what_fails_with_a_router_only_is_reported_with_its_name(folder, reports):
    found = compared(folder, reports, routers=ROUTERS)
    assert not found.not_run
    assert found.without.tests >= 3
    assert list(found.without.failures.values()) == [1]
    for router in ROUTERS:
        assert any(
            line.startswith(f"it, {router}: ") and "test_fails_with_a_router" in line
            for line in found.unexplained
        ), found.unexplained
    assert not any("fails_always" in line for line in found.unexplained)
    assert not found.is_fine


def test_a_difference_is_allowed_by_its_reason_alone_and_the_report_has_it(folder):
    allowed = Allowed(r".*test_fails_with_a_router.*", ("simple",), "it compares a setting")
    found = compared(folder, allowed=(allowed,))
    assert found.is_fine, found.unexplained
    assert "  it, simple, 2 tests: it compares a setting" in list(what_differs([found]))
    assert list(table([found]))[-1] == "| it | 1 | 3 | 1 | 2 | – | – | – | – |"


def test_a_reason_for_a_test_that_passes_has_to_go(folder):
    rows = (
        Allowed(r".*test_fails_with_a_router.*", ("simple",), "it compares a setting"),
        Allowed(r".*test_passes.*", ("simple",), "it once failed"),
    )
    found = compared(folder, allowed=rows)
    assert found.unexplained == ["it, simple: .*test_passes.* passes; remove its row"]


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"minutes": 0.001}, "it took more than 0.001 minutes"),
        ({"command": "-c 'raise SystemExit(3)'"}, "it stopped before its tests"),
        ({"command": "-m pytest --no-such-option", "reports": "pytest"}, "it stopped before"),
    ],
    ids=["slow", "dead", "misused"],
)
def test_what_did_not_run_is_listed_and_is_a_failure(folder, columns, why):
    found = compared(folder, **columns)
    (line,) = found.not_run
    assert line.startswith(f"it, without a router: {why}")
    assert not found.is_fine


def test_another_file_than_the_pinned_one_is_not_unpacked(tmp_path):
    (suite,) = (each for each in read() if each.name == "django-reversion")
    folder = tmp_path / suite.sdist.replace("==", "-")
    with pytest.raises(NotObtained, match="has the hash"):
        obtain(replace(suite, sha256="0" * 64), tmp_path)
    assert not any(path.is_dir() for path in folder.iterdir())


def test_tests_that_no_index_has_are_left_out_by_name_without_a_checkout(tmp_path, monkeypatch):
    (suite,) = (each for each in read(PROJECTS) if each.given)
    for folder in ("", str(tmp_path)):
        monkeypatch.setenv("ECOSYSTEM_CHECKOUTS", folder)
        with pytest.raises(NotGiven, match=rf"has no checkout {suite.name}-[\d.]+$") as raised:
            given(suite)
    found = compare(suite, Outcome(left_out=str(raised.value)), {})
    assert found.is_fine
    assert f"  {suite.name}: {raised.value}" in list(what_differs([found]))
    checkout = tmp_path / suite.sdist.replace("==", "-")
    checkout.mkdir()
    assert given(suite) == checkout


@pytest.mark.long  # it downloads Django's source
def test_djangos_own_suite_for_several_databases_passes_with_tenants(tmp_path):
    suite = read()[0]
    version = metadata.version("django")  # of this environment, which the table does not pin
    if suite.sdist != f"django=={version}":
        suite = replace(suite, sdist=f"django=={version}", sha256="")
    suite = replace(suite, labels="multiple_database", routers=("tenant",), allowed=())
    source = obtain(suite, tmp_path / "sources")
    without, with_tenants = (run(suite, each, source, tmp_path) for each in ("none", "tenant"))
    found = compare(suite, without, {"tenant": with_tenants})
    assert found.is_fine, [*found.not_run, *found.unexplained]
    assert without.tests > 50


def test_the_table_names_what_the_environment_has():
    pins = dict(
        line.lower().split("==")
        for line in (HERE / "constraints.txt").read_text().splitlines()
        if not line.startswith("#")
    )
    suites = read()
    for suite in suites:
        name, version = suite.sdist.split("==")
        assert pins[name] == version, suite.name
        assert len(suite.sha256) == 64
        assert suite.routers
    packages = {suite.sdist for suite in suites}
    assert len(packages) >= 12
    assert len({suite.sdist for suite in suites if set(suite.routers) == set(ROUTERS)}) >= 5
    labels = {label for suite in suites for label in suite.labels.split()}
    assert "multiple_database" in labels
    assert len(labels) > 20


def test_projects_that_exist_are_pinned_and_run_with_all_apps_in_tenants_databases():
    pyproject = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    projects = read(PROJECTS)
    assert {suite.sdist for suite in projects} <= {
        *pyproject["dependency-groups"]["existing-projects"]
    }
    assert all("placed" in suite.routers and len(suite.sha256) == 64 for suite in projects)


def test_each_suite_has_a_row_in_the_documentation():
    text = (HERE.parents[1] / "docs/ecosystem.md").read_text(encoding="utf-8")
    for suite in [*read(), *read(PROJECTS)]:
        assert f"| {suite.name} |" in text, suite.name
        for each in suite.allowed:
            assert each.reason in text, each.reason
