"""Commands and errors name their page of the manual; a command's help has an example that can be typed."""

import re
import shlex
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

from django.core.management import execute_from_command_line, get_commands, load_command_class
from django.test import SimpleTestCase, TestCase

import manydb
from manydb import exceptions

COMMANDS = get_commands()
MANUAL = Path(manydb.__file__).parent / "docs"
PAGES = [path.read_text(encoding="utf-8") for path in sorted(MANUAL.rglob("*.md"))]
DJANGOS = {"createcachetable", "flush", "loaddata", "migrate", "sqlsequencereset"}


class Examples(SimpleTestCase):
    def test_help_ends_with_an_example_that_can_be_typed(self) -> None:
        ours = {
            name: app
            for name, app in COMMANDS.items()
            if str(app).startswith("manydb") and name not in DJANGOS
        }
        self.assertGreater(len(ours), 20)
        for name, app in ours.items():
            with self.subTest(name):
                parser = load_command_class(app, name).create_parser("manage.py", name)
                self.assertRegex(parser.format_help(), r"Example:\s+python\s+manage\.py\s")
                page = str(parser.epilog).split()[1].rstrip(".")
                self.assertTrue((Path(manydb.__file__).parent.parent / page).is_file(), page)
                *_, typed = str(parser.epilog).partition("manage.py ")
                command, *words = shlex.split(typed)
                self.assertEqual(command, name)
                parser.parse_args(words)  # a word that it does not know ends the process


class Pages(SimpleTestCase):
    """Commands of the manual's blocks, also of those that no test runs, have such arguments and options."""

    def test_what_a_block_types_is_understood(self) -> None:
        typed = 0
        for page in PAGES:
            blocks = re.findall(
                r"^ *```(?:sh|bash|console)\n(.*?)^ *```", page, re.DOTALL | re.MULTILINE
            )
            lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
            for line in lines:
                *_, words = line.partition("python manage.py ")
                name, *arguments = shlex.split(words) or [""]
                if not name or name not in COMMANDS:
                    continue
                typed += 1
                with self.subTest(line):
                    parser = load_command_class(COMMANDS[name], name).create_parser(
                        "manage.py", name
                    )
                    parser.parse_args(arguments)
        self.assertGreater(typed, 60)

    def test_an_option_that_a_sentence_names_is_there(self) -> None:
        for page in PAGES:
            for name, words in re.findall(
                r"`(?:python manage\.py )?(\w+) ([^`\n]*--[^`\n]*)`", page
            ):
                if not str(COMMANDS.get(name)).startswith("manydb"):
                    continue
                parser = load_command_class(COMMANDS[name], name).create_parser("manage.py", name)
                for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", words.partition(" -- ")[0]):
                    with self.subTest(f"{name} {words}"):
                        self.assertIn(option, parser.format_help())


class Errors(SimpleTestCase):
    def test_a_traceback_names_the_page_that_explains_it(self) -> None:
        for name in exceptions.__all__:
            kind = getattr(exceptions, name)
            with self.subTest(name):
                (note,) = kind("It failed.").__notes__
                self.assertTrue((Path(manydb.__file__).parent.parent / note.split()[-1]).is_file())
                self.assertEqual(str(kind("It failed.")), "It failed.")


class CommandLine(TestCase):
    databases = {"default", "TESTCLIENT"}

    def test_an_error_of_a_command_names_a_page(self) -> None:
        note = "from engine.site.notes.models import Note; Note.objects.count()"
        for words, page in (
            (["suspend_tenant", "hooli"], "tenants/lifecycle.md"),
            (["migrate_databases", "--only", "hooli"], "fleet.md"),
            (["dumpdata", "notes"], "commands.md"),  # Django's command, which is refused
            (["shell", "--no-imports", "-c", note], "tenants/isolation.md"),  # the error's own page
        ):
            with self.subTest(words[0]), redirect_stderr(StringIO()) as errors:
                with self.assertRaises(SystemExit):
                    execute_from_command_line(["manage.py", *words])
                self.assertRegex(errors.getvalue(), rf"\. See manydb/docs/{page}\.\s*$")

    def test_an_error_of_djangos_own_names_none(self) -> None:
        with redirect_stderr(StringIO()) as errors, self.assertRaises(SystemExit):
            execute_from_command_line(["manage.py", "loaddata", "missing"])
        self.assertNotIn("manydb/docs", errors.getvalue())
