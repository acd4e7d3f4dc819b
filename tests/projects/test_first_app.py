"""The first app of a fresh project: Django's own commands write it, and all that the README names passes."""

import re
import shutil
from pathlib import Path

import pytest

from ..commands import manage, ruff, run
from ..rendering import ROOT

MANUAL = ROOT / "{{cookiecutter.project_slug}}/manydb/docs"
PAGE = MANUAL / "first-app.md"

MODELS = """from django.conf import settings
from django.db import models
from manydb.models import DatabaseReference, TenantModel

# Create your models here.


class Question(models.Model):
    question_text = models.CharField(max_length=200)
    pub_date = models.DateTimeField("date published")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="%(app_label)s_questions"
    )


class Invoice(TenantModel):
    number = models.CharField(max_length=20, unique=True)
    created_by = DatabaseReference(settings.AUTH_USER_MODEL, null=True, blank=True)
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True)
"""
TESTS = """from django.contrib.auth import get_user_model
from django.test import TestCase
from django.utils import timezone

from .models import Invoice, Question

# Create your tests here.


class FirstTests(TestCase):
    databases = {"default", "TESTCLIENT"}

    def test_rows(self):
        user = get_user_model().objects.create_user("ada")
        Question.objects.create(question_text="Why?", pub_date=timezone.now(), author=user)
        self.assertEqual(Question.objects.get().author, user)
        Invoice.objects.using("TESTCLIENT").create(number="1", created_by=user)
        self.assertEqual(Invoice.objects.using("TESTCLIENT").get().created_by, user)


def test_with_pytest():
    assert Question._meta.app_label == "NAME"
"""

# Where an app may be: its folder, and how it is named in INSTALLED_APPS.
PLACES = {"beside": "beside", "inside": "my_project/inside", "deeper": "my_project/apps/deeper"}
OF_THE_PAGE = "my_project/polls"


def start(folder: Path, name: str, where: str) -> Path:
    """``startapp``, as the README says; an app beside the package needs no folder and no other name."""
    place = folder / where
    dotted = where.replace("/", ".")
    if dotted == name:
        manage(folder, "startapp", name)
    else:
        place.mkdir(parents=True)
        manage(folder, "startapp", name, where)
        apps = place / "apps.py"
        apps.write_text(apps.read_text().replace(f"'{name}'", f"'{dotted}'"))
    base = folder / "my_project/settings/base.py"
    users = '    "my_project.users",\n'
    base.write_text(base.read_text().replace(users, f'{users}    "{dotted}",\n'))
    return place


def files_of_the_page() -> list[tuple[str, str]]:
    """The files that the manual's page has, by the path in their first line."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(r"^```python\n# (\S+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert [path for path, _ in found] == [f"{OF_THE_PAGE}/models.py", f"{OF_THE_PAGE}/tests.py"]
    return found


def the_pages_command_runs(folder: Path, router: str) -> None:
    """The command of the page about them, or what it writes in a project without tenants, on that app."""
    text = (MANUAL / "write-a-command.md").read_text(encoding="utf-8")
    command, elsewhere = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    if router == "tenant":
        path = folder / command.splitlines()[0].removeprefix("# ")
        path.parent.mkdir(parents=True)
        path.write_text(command)
        manage(folder, "send_reminders")
        manage(folder, "send_reminders", "--tenant", "acme")
    else:
        imports = "from my_project.polls.models import Invoice\n"
        manage(folder, "shell", "-v0", "-c", imports + elsewhere)


# With replicas alone it is the same commands as with neither: those of the page for a project without tenants.
@pytest.mark.parametrize(
    "router", ["simple", pytest.param("replica", marks=pytest.mark.long), "tenant"]
)
def test_all_is_green_with_what_django_writes(rendered, run_folder, tmp_path: Path, router: str):
    folder = Path(shutil.copytree(rendered(router=router), tmp_path / "my_project"))
    places = {name: start(folder, name, where) for name, where in PLACES.items()}
    start(folder, "polls", OF_THE_PAGE)
    ruff(folder, "check")
    ruff(folder, "format", "--check")
    for name, place in places.items():
        (place / "models.py").write_text(MODELS)
        (place / "tests.py").write_text(TESTS.replace("NAME", name))
    for path, block in files_of_the_page():
        (folder / path).write_text(block)
    made = manage(folder, "makemigrations").stdout
    assert made.count("Create model Invoice") == len(PLACES) + 1
    assert "default: applied" in manage(folder, "migrate_databases").stdout
    ruff(folder, "check")
    ruff(folder, "format", "--check")
    run(folder, "-m", "mypy", "--cache-dir", str(run_folder / "mypy"))
    manage(folder, "check")
    printed = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--co").stdout
    for place in PLACES.values():
        assert f"{place}/tests.py::FirstTests::test_rows" in printed
        assert f"{place}/tests.py::test_with_pytest" in printed
    tests = [f"{place}/tests.py" for place in (*PLACES.values(), OF_THE_PAGE)]
    run(folder, "-m", "pytest", "-q", *tests)
    the_pages_command_runs(folder, router)
    # unittest, which Django's command is, finds no tests below a folder without __init__.py.
    assert "OK" in manage(folder, "test", "beside", "my_project/inside").stderr


@pytest.mark.parametrize("name", PLACES)
def test_a_failing_test_of_an_app_fails_the_run(rendered, tmp_path: Path, name: str):
    folder = Path(shutil.copytree(rendered(), tmp_path / "my_project"))
    tests = start(folder, name, PLACES[name]) / "tests.py"
    tests.write_text("def test_it():\n    assert 0\n")
    done = run(folder, "-m", "pytest", "-q", "-k", "test_it", check=False)
    assert done.returncode == 1
    assert f"{PLACES[name]}/tests.py::test_it" in done.stdout
