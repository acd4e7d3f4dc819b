"""Django's commands on several databases: each does what is meant, or says in a sentence what to run instead.

Each case is a command line, what is said, and "right" or "refused". ``T`` stands for a tenant's alias.
"""

import json
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase, TransactionTestCase

from engine.site.bookshelf.models import Review
from engine.site.news.models import Announcement
from engine.site.notes.models import Note, OldNote
from engine.tests.names import OTHER_ALIAS

RIGHT, REFUSED = "right", "refused"
TENANT = "TESTCLIENT"
# How a refusal says what to run for a tenant.
FOR_A_TENANT = {
    True: "python manage.py tenant_command <tenant> -- {}",
    False: "python manage.py {} --database <TENANT>",
}

SUPERUSER = "createsuperuser --noinput --username root --email root@example.com"
NOTES_ELSEWHERE = 'notes.Note lives in each tenant\'s database, not in "default": run {tenant}.'
USERS_ELSEWHERE = (
    'users.User lives in "default", not in "TESTCLIENT": run python manage.py {plain}.'
)

Case = tuple[str, str, str]  # the command line, "right" or "refused", a part of what is said
CASES: list[Case] = [
    (SUPERUSER, RIGHT, "Superuser created successfully."),
    (f"{SUPERUSER} --database T", REFUSED, USERS_ELSEWHERE.format(plain="createsuperuser")),
    (f"{SUPERUSER} --database T_RO", REFUSED, 'not in "TESTCLIENT_RO"'),
    (f"{SUPERUSER} --database default_RO", REFUSED, "default_RO is a read-only replica"),
    (
        "changepassword ada --database T",
        REFUSED,
        USERS_ELSEWHERE.format(plain="changepassword ada"),
    ),
    ("changepassword ada", RIGHT, "Password changed successfully for user 'ada'"),
    ("dumpdata news", RIGHT, "Good news"),
    ("dumpdata news.announcement --database default_RO", RIGHT, "Good news"),
    (
        "dumpdata news --database T",
        REFUSED,
        'news.Announcement lives in "default", not in "TESTCLIENT": run python manage.py dumpdata news.',
    ),
    ("dumpdata notes.note", REFUSED, NOTES_ELSEWHERE.replace("{tenant}", "{dumpdata notes.note}")),
    ("dumpdata notes", REFUSED, 'lives in each tenant\'s database, not in "default"'),
    ("dumpdata notes.note --database T", RIGHT, "A note"),
    ("dumpdata notes.note --database T_RO", RIGHT, "A note"),
    ("dumpdata notes.oldnote --database T", RIGHT, "An old one"),
    (
        "dumpdata notes.note news.announcement",
        REFUSED,
        "notes.Note lives in each tenant's database",
    ),
    ("dumpdata --database T", RIGHT, "A note"),
    ("dumpdata", RIGHT, "Good news"),
    ("dumpdata nope", REFUSED, "No installed app with label 'nope'"),
    (
        "dumpdata library.author",
        REFUSED,
        'library.Author lives in "accounts", not in "default": run python manage.py dumpdata '
        "library.author --database accounts.",
    ),
    ("dumpdata library", RIGHT, 'Left out: library.Author lives in "accounts", not in "default"'),
    ("dumpdata library", RIGHT, "A review"),
    ("sqlsequencereset library", RIGHT, 'Left out: library.Author lives in "accounts"'),
    ("loaddata F/news.json", RIGHT, "Installed 1 object(s) from 1 fixture(s)"),
    (
        "loaddata F/notes.json",
        REFUSED,
        'Nothing was loaded. 1 of notes.Note lives in each tenant\'s database, not in "default": run '
        "{loaddata F/notes.json}.",
    ),
    ("loaddata F/notes.json --database T", RIGHT, "Installed 1 object(s) from"),
    ("loaddata F/notes.json --database T_RO", REFUSED, "TESTCLIENT_RO is a read-only replica"),
    ("loaddata F/old.json --database T", RIGHT, "Installed 1 object(s) from"),
    (
        "loaddata F/news.json --database T",
        REFUSED,
        'Nothing was loaded. 1 of news.Announcement lives in "default", not in "TESTCLIENT"',
    ),
    ("loaddata F/both.json", RIGHT, "Left out: 1 of notes.Note lives in each tenant's database"),
    ("loaddata F/both.json", RIGHT, "Installed 1 object(s) (of 2)"),
    ("loaddata F/both.json --exclude notes", RIGHT, "Installed 1 object(s) (of 2)"),
    ("flush --noinput --database T_RO", REFUSED, "TESTCLIENT_RO is a read-only replica"),
    ("sqlflush --database T", RIGHT, "notes_note"),
    ("sqlflush", RIGHT, "news_announcement"),
    ("inspectdb --database T notes_note", RIGHT, "class NotesNote("),
    ("inspectdb news_announcement", RIGHT, "class NewsAnnouncement("),
    ("clearsessions", RIGHT, ""),
    (
        "createcachetable rows --database T",
        REFUSED,
        'The table of the cache belongs into "default", not into "TESTCLIENT": run python manage.py '
        "createcachetable rows.",
    ),
    ("createcachetable rows --database default_RO", REFUSED, "default_RO is a read-only replica"),
    ("createcachetable rows --dry-run", RIGHT, "CREATE TABLE"),
    (
        "remove_stale_contenttypes --noinput --database T",
        REFUSED,
        'contenttypes.ContentType lives in "default", not in "TESTCLIENT"',
    ),
    (
        "remove_stale_contenttypes --noinput --verbosity 2",
        RIGHT,
        "Deleting stale content type 'notes | gone'",
    ),
    ("sqlsequencereset notes", REFUSED, 'lives in each tenant\'s database, not in "default"'),
    ("sqlsequencereset news --database T", REFUSED, 'lives in "default", not in "TESTCLIENT"'),
    ("sqlsequencereset news", RIGHT, ""),
    (
        "sqlmigrate news 0001 --database T",
        REFUSED,
        'news.0001_initial does nothing in "TESTCLIENT", because it is for "default": run python '
        "manage.py sqlmigrate news 0001_initial --database default.",
    ),
    ("showmigrations news --database T", RIGHT, "[X] 0001_initial"),
    ("showmigrations news", RIGHT, "[X] 0001_initial"),
    ("migrate --database T", RIGHT, "No migrations to apply."),
    ("migrate --database T_RO", REFUSED, "TESTCLIENT_RO is a read-only replica"),
    ("migrate", RIGHT, "No migrations to apply."),
    ("optimizemigration news 0001 --check", RIGHT, "No optimizations possible."),
    ("testserver --noinput", REFUSED, 'testserver makes a test database of "default" alone'),
    ("diffsettings", RIGHT, "DATABASES = "),
    ("collectstatic --noinput --dry-run", RIGHT, "static file"),
]
# They need a connection outside of a transaction, or look at every database.
OUTSIDE: list[Case] = [
    ("sqlmigrate news 0001", RIGHT, "news_announcement"),
    ("makemigrations users --check --dry-run", RIGHT, "No changes detected in app 'users'"),
    ("flush --noinput --database T", RIGHT, ""),
]

NEWS = {"model": "news.announcement", "pk": 700, "fields": {"text": "Loaded"}}
NOTE = {"model": "notes.note", "pk": 700, "fields": {"text": "Loaded"}}
OLD = {"model": "notes.oldnote", "pk": 700, "fields": {"text": "Loaded"}}
FIXTURES = {"news": [NEWS], "notes": [NOTE], "old": [OLD], "both": [NEWS, NOTE]}


class Lines(SimpleTestCase):
    """Runs command lines with the fixtures of a folder."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        for name, rows in FIXTURES.items():
            (self.folder / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")

    def run_line(self, line: str) -> tuple[str, str]:
        """Whether the command was right or refused, and all that it said."""
        words = [word.replace("F/", f"{self.folder}/") for word in line.split()]
        words = [TENANT + word[1:] if word in ("T", "T_RO") else word for word in words]
        out = StringIO()
        try:
            call_command(*words, stdout=out, stderr=out)
        except CommandError as error:
            return REFUSED, f"{out.getvalue()}{error}"
        return RIGHT, out.getvalue()


class DjangosCommands(Lines, TestCase):
    databases = {"default", TENANT, "accounts"}

    def setUp(self) -> None:
        super().setUp()
        get_user_model().objects.create_user("ada", password="before")
        Announcement.objects.create(text="Good news")
        Review.objects.create(text="A review")
        ContentType.objects.create(app_label="notes", model="gone")
        Note.objects.using(TENANT).create(text="A note")
        OldNote.objects.using(TENANT).create(text="An old one")
        answers = ["New-passw0rd!"] * 2
        self.enterContext(patch("getpass.getpass", side_effect=answers * 9))
        self.enterContext(patch.dict("os.environ", DJANGO_SUPERUSER_PASSWORD="pw"))
        self.enterContext(self.settings(STATIC_ROOT=str(self.folder / "static")))

    def meant(self, part: str) -> str:
        """What is expected, with how a command runs for a tenant here."""
        start, brace, rest = part.partition("{")
        if not brace:
            return part
        words, _, end = rest.partition("}")
        words = words.replace("F/", f"{self.folder}/")
        has_tenants = apps.is_installed("manydb.tenants")
        return start + FOR_A_TENANT[has_tenants].format(words) + end

    def test_the_table(self) -> None:
        for line, verdict, part in CASES:
            with self.subTest(line):
                said = self.run_line(line)
                self.assertEqual(said[0], verdict, said[1])
                self.assertIn(self.meant(part), said[1])
                self.assertNotIn("no such table", said[1])

    def test_what_was_loaded_is_where_it_belongs(self) -> None:
        for line in (
            "loaddata F/news.json",
            "loaddata F/notes.json --database T",
            "loaddata F/old.json --database T",
        ):
            self.run_line(line)
        self.assertEqual(Announcement.objects.get(pk=700).text, "Loaded")
        self.assertEqual(Note.objects.using(TENANT).get(pk=700).text, "Loaded")
        self.assertEqual(OldNote.objects.using(TENANT).get(pk=700).text, "Loaded")

    def test_a_test_may_load_its_fixtures_into_each_of_its_databases(self) -> None:
        fixture = str(self.folder / "news.json")
        for alias in ("default", TENANT):
            call_command("loaddata", fixture, verbosity=0, database=alias)
        self.assertTrue(Announcement.objects.filter(pk=700).exists())


class Outside(Lines, TransactionTestCase):
    databases = "__all__"

    def test_the_table(self) -> None:
        Note.objects.using(TENANT).create(text="A note")
        Note.objects.using(OTHER_ALIAS).create(text="Another's")
        Announcement.objects.create(text="Good news")
        for line, verdict, part in OUTSIDE:
            with self.subTest(line):
                said = self.run_line(line)
                self.assertEqual(said[0], verdict, said[1])
                self.assertIn(part, said[1])
        kept = (
            Note.objects.using(TENANT).count(),
            Note.objects.using(OTHER_ALIAS).count(),
            Announcement.objects.count(),
        )
        self.assertEqual(kept, (0, 1, 1))
