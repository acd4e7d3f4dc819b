"""Django's commands by ``tenant_command``, and the advice of errors in commands."""

from io import StringIO

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.test import TestCase, TransactionTestCase

from engine.site.news.models import Announcement
from engine.site.notes.models import Note
from engine.tests.common.test_djangos_commands import REFUSED, RIGHT, SUPERUSER, Case, Lines
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.exceptions import TenantRequired
from manydb.tenants.context import current_tenant, tenant_context

# Each as ``tenant_command testclient -- …``
CASES: list[Case] = [
    (
        SUPERUSER,
        REFUSED,
        'users.User lives in "default", not in "TESTCLIENT": run python manage.py createsuperuser.',
    ),
    (f"{SUPERUSER} --database default", RIGHT, "Superuser created successfully."),
    ("changepassword ada", REFUSED, "run python manage.py changepassword ada."),
    ("dumpdata notes.note", RIGHT, "A note"),
    ("dumpdata notes", RIGHT, "A note"),
    ("dumpdata", RIGHT, "A note"),
    ("dumpdata news", REFUSED, 'news.Announcement lives in "default", not in "TESTCLIENT"'),
    ("dumpdata news --database default", RIGHT, "Good news"),
    ("loaddata F/notes.json", RIGHT, "Installed 1 object(s) from 1 fixture(s)"),
    ("loaddata F/news.json", REFUSED, "Nothing was loaded. 1 of news.Announcement lives in"),
    ("sqlflush", RIGHT, "notes_note"),
    ("inspectdb notes_note", RIGHT, "class NotesNote("),
    ("clearsessions", RIGHT, ""),
    ("createcachetable rows", REFUSED, 'The table of the cache belongs into "default"'),
    ("remove_stale_contenttypes --noinput", REFUSED, 'lives in "default", not in "TESTCLIENT"'),
    ("sqlsequencereset notes", RIGHT, ""),
    ("sqlsequencereset news", REFUSED, 'lives in "default", not in "TESTCLIENT"'),
    ("sqlmigrate news 0001", REFUSED, 'news.0001_initial does nothing in "TESTCLIENT"'),
    ("showmigrations news", RIGHT, "[X] 0001_initial"),
    ("migrate", RIGHT, "No migrations to apply."),
    (
        "shell -c print(__import__('engine.site.notes.models').site.notes.models.Note.objects.count())",
        RIGHT,
        "",
    ),
    ("diffsettings", RIGHT, "DATABASES = "),
    ("testserver --noinput", REFUSED, "testserver makes a test database"),
]


class ByTenantCommand(Lines, TransactionTestCase):
    databases = {"default", "TESTCLIENT", OTHER_ALIAS}

    def test_the_table(self) -> None:
        Announcement.objects.create(text="Good news")
        with tenant_context("testclient"):
            Note.objects.create(text="A note")
        for line, verdict, part in CASES:
            with self.subTest(line):
                said = self.run_line(f"tenant_command testclient -- {line}")
                self.assertEqual(said[0], verdict, said[1])
                self.assertIn(part, said[1])
        with tenant_context(OTHER_TENANT):
            self.assertFalse(Note.objects.exists())


class Flushing(Lines, TransactionTestCase):
    databases = {"default", "TESTCLIENT", OTHER_ALIAS}

    def test_it_empties_that_tenant_alone(self) -> None:
        for name in ("testclient", OTHER_TENANT):
            with tenant_context(name):
                Note.objects.create(text="A note")
        self.assertEqual(self.run_line("tenant_command testclient -- flush --noinput")[0], RIGHT)
        left = {}
        for name in ("testclient", OTHER_TENANT):
            with tenant_context(name):
                left[name] = Note.objects.count()
        self.assertEqual(left, {"testclient": 0, OTHER_TENANT: 1})


class Own(BaseCommand):
    """A command of a project's."""

    def add_arguments(self, parser: object) -> None:
        parser.add_argument("--database")  # type: ignore[attr-defined]

    def handle(self, **options: object) -> str:
        return f"{current_tenant()}: {Note.objects.count()}"


class Advice(TestCase):
    databases = {"default", "TESTCLIENT"}

    def test_an_error_in_a_command_names_tenant_command(self) -> None:
        with self.assertRaisesMessage(
            TenantRequired, "python manage.py tenant_command <name> -- test_djangos_commands"
        ):
            call_command(Own())

    def test_elsewhere_it_names_tenant_context(self) -> None:
        with self.assertRaisesRegex(TenantRequired, r"active: enter tenant_context\(") as raised:
            Note.objects.count()
        self.assertNotIn("tenant_command", str(raised.exception))

    def test_naming_a_tenants_database_makes_the_tenant_active(self) -> None:
        for alias in ("TESTCLIENT", "TESTCLIENT_RO"):
            out = StringIO()
            call_command(Own(), database=alias, stdout=out)
            self.assertEqual(out.getvalue(), "testclient: 0\n")
        self.assertIsNone(current_tenant())
