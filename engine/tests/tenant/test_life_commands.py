"""The commands of a tenant's life: what each prints, asks for and refuses."""

import json
from io import StringIO
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections
from django.test import override_settings

from engine.site.conferences.models import Registration
from engine.site.databases import PREFIX
from manydb.tenants import tenant_atomic, tenant_context
from manydb.tenants.lifecycle import replacement
from manydb.tenants.lifecycle.removal import drop
from manydb.tenants.models import Tenant

from .new import NewTenantTest


class LifeCommands(NewTenantTest):
    def setUp(self) -> None:
        super().setUp()
        self.other = f"{self.name}b"
        self.addCleanup(self.drop_other)
        # Progress is not for the output.
        self.progress = StringIO()

    def drop_other(self) -> None:
        if Tenant.objects.filter(name=self.other).exists():
            connections[self.other.upper()].close()
            drop(self.other)

    def run_here(self, *words: str) -> str:
        out = StringIO()
        call_command(*words, stdout=out, stderr=self.progress)
        return out.getvalue()

    def row(self, name: str) -> dict[str, object]:
        (row,) = (
            row
            for row in json.loads(self.run_here("list_tenants", "--json"))
            if row["name"] == name
        )
        return row

    def test_one_is_made_listed_suspended_resumed_and_dropped(self) -> None:
        made = self.run_here("create_tenant", self.name)
        row = self.row(self.name)
        self.assertEqual(
            made,
            f"{self.name} is ready: host {self.name}.testserver, database {row['database']}\n",
        )
        self.assertIn(" …\n", self.progress.getvalue())
        self.assertEqual(
            (row["state"], row["server"], row["migrations"]), ("ready", "default", "current")
        )
        self.assertEqual(row["hosts"], [f"{self.name}.testserver"])
        self.assertEqual(
            (row["kept"], row["unfinished"], row["error"], row["next"]), ("", None, "", "")
        )
        with self.assertRaisesRegex(CommandError, "already"):
            self.run_here("create_tenant", self.name)
        said = self.run_here("suspend_tenant", self.name)
        self.assertRegex(said, f"{self.name} is suspended: 503 everywhere within 30 s")
        head, *table = self.run_here("list_tenants", "--state", "suspended").splitlines()
        self.assertEqual(head.split()[:2], ["name", "state"])
        self.assertEqual([line.split()[:2] for line in table], [[self.name, "suspended"]])
        said = self.run_here("resume_tenant", self.name)
        self.assertRegex(said, f"{self.name} is ready: served everywhere within 30 s")
        with self.assertRaisesRegex(CommandError, r"with all data\. .* Add --yes"):
            self.run_here("drop_tenant", self.name)
        connections[self.name.upper()].close()
        said = self.run_here("drop_tenant", self.name, "--yes", "--wait=0")
        self.assertEqual(said, f"{self.name} is gone.\n")
        self.assertFalse(Tenant.objects.filter(name=self.name).exists())

    def test_a_name_is_asked_for_where_there_is_a_terminal(self) -> None:
        self.run_here("create_tenant", self.name)
        connections[self.name.upper()].close()
        with (
            patch("sys.stdin.isatty", return_value=True),
            patch("builtins.input", return_value="another") as asked,
            self.assertRaisesRegex(CommandError, "Nothing was changed: that was another name"),
        ):
            self.run_here("drop_tenant", self.name)
        asked.assert_called_once_with(f"Type {self.name} to continue: ")
        with (
            patch("sys.stdin.isatty", return_value=True),
            patch("builtins.input", return_value=self.name),
        ):
            said = self.run_here("drop_tenant", self.name, "--wait=0")
        self.assertIn(f"{self.name} is gone.\n", said)

    def test_a_clone_has_all_that_its_source_has(self) -> None:
        self.run_here("create_tenant", self.name)
        self.sql("CREATE TABLE note (text varchar(20))")
        self.sql("INSERT INTO note VALUES ('kept')")
        connections[self.name.upper()].close()
        said = self.run_here("clone_tenant", self.name, self.other)
        self.assertRegex(said, f"^{self.other} is ready: host {self.other}.testserver, database ")
        self.assertNotEqual(self.row(self.other)["database"], self.row(self.name)["database"])
        with connections[self.other.upper()].cursor() as cursor:
            cursor.execute("SELECT text FROM note")
            self.assertEqual([tuple(row) for row in cursor.fetchall()], [("kept",)])

    def test_a_dump_is_restored_under_another_name_or_in_place(self) -> None:
        self.run_here("create_tenant", self.name)
        path = str(self.folder / "dump.zip")
        said = self.run_here("dump_tenant", self.name, path)
        self.assertRegex(said, rf"^{path}: \d+ bytes")
        said = self.run_here("restore_tenant", path, "--name", self.other)
        self.assertRegex(said, f"^{self.other} is ready: host {self.other}.testserver, database ")
        with self.assertRaisesRegex(CommandError, f"restore_tenant {path} --name {self.name}$"):
            self.run_here("restore_tenant", path)
        over = ("restore_tenant", path, "--name", self.name, "--replace")
        with self.assertRaisesRegex(CommandError, "This drops the data that .* has now"):
            self.run_here(*over)
        with self.assertRaisesRegex(CommandError, "Use move_tenant"):
            self.run_here(*over, "--yes", "--server=other")
        connections[self.name.upper()].close()
        said = self.run_here(*over, "--yes", "--wait=0")
        self.assertRegex(said, f"^{self.name} is ready")

    def test_a_new_name_is_served_and_the_old_one_is_said_not_to_be(self) -> None:
        self.run_here("create_tenant", self.name)
        connections[self.name.upper()].close()
        words = ("rename_tenant", self.name, self.other)
        with self.assertRaisesRegex(CommandError, f"will know {self.name} as {self.other}"):
            self.run_here(*words)
        said = self.run_here(*words, "--yes", "--wait=0")
        self.assertIn(f"{self.name} is {self.other} now: host {self.other}.testserver\n", said)
        self.assertIn(f"{self.name}.testserver is not served. Put manydb.tenants.resolvers", said)
        hosts = [f"{self.other}.testserver", f"{self.name}.testserver"]
        self.assertEqual(self.row(self.other)["hosts"], hosts)

    def test_nobody_is_one_sentence(self) -> None:
        for words in (
            ("suspend_tenant", "nobody"),
            ("drop_tenant", "nobody", "--yes"),
            ("move_tenant", "nobody", "--back", "--yes"),
            ("tenant_command", "nobody", "--", "check"),
        ):
            with self.subTest(words[0]), self.assertRaisesRegex(CommandError, "nobody"):
                self.run_here(*words)

    def test_an_error_of_a_database_is_one_sentence(self) -> None:
        broken = patch.object(Tenant.objects, "prefetch_related", side_effect=DatabaseError("away"))
        with broken, self.assertRaisesRegex(CommandError, "^A database failed: away"):
            self.run_here("list_tenants")

    def test_ctrl_c_says_how_to_go_on(self) -> None:
        stopped = patch.object(Tenant.objects, "prefetch_related", side_effect=KeyboardInterrupt)
        with stopped, self.assertRaisesRegex(CommandError, "^Stopped.* list_tenants") as raised:
            self.run_here("list_tenants")
        self.assertEqual(raised.exception.returncode, 130)

    def test_ctrl_c_that_makes_a_driver_fail_is_no_failure_of_a_database(self) -> None:
        def between_question_and_answer(*args: object) -> None:
            try:
                raise KeyboardInterrupt
            finally:
                raise DatabaseError("Commands out of sync")

        stopped = patch.object(Tenant.objects, "prefetch_related", between_question_and_answer)
        with stopped, self.assertRaisesRegex(CommandError, "^Stopped") as raised:
            self.run_here("list_tenants")
        self.assertEqual(raised.exception.returncode, 130)

    def test_seconds_are_a_number(self) -> None:
        self.run_here("create_tenant", self.name)
        for wrong in ("soon", "-1", "86401"):
            with self.subTest(wrong), self.assertRaisesRegex(CommandError, "invalid seconds value"):
                self.run_here("drop_tenant", self.name, "--yes", f"--wait={wrong}")


SHOW = "from manydb.tenants.context import current_tenant as t; print('active:', t())"


class CommandsOfTenants(NewTenantTest):
    def run_here(self, *words: str) -> tuple[str, str]:
        out, err = StringIO(), StringIO()
        with patch("sys.stdout", out):
            call_command("tenant_command", *words, stdout=out, stderr=err)
        return out.getvalue(), err.getvalue()

    def test_a_command_runs_with_its_tenant_active(self) -> None:
        call_command("create_tenant", self.name, stdout=StringIO(), stderr=StringIO())
        out, _ = self.run_here(self.name, "--", "shell", "-v0", "-c", SHOW)
        self.assertIn(f"active: {self.name}\n", out)

    def test_one_that_knows_database_gets_the_tenants(self) -> None:
        call_command("create_tenant", self.name, stdout=StringIO(), stderr=StringIO())
        out, _ = self.run_here(self.name, "--", "showmigrations", "--plan", "conferences")
        self.assertIn("[X]  conferences.0001_initial", out)

    def test_a_transaction_of_the_caller_stays_open(self) -> None:
        call_command("create_tenant", self.name, stdout=StringIO(), stderr=StringIO())
        with tenant_context(self.name), tenant_atomic():
            Registration.objects.create(conference_id="7", email="eve@example.com")
            self.run_here(self.name, "--", "shell", "-v0", "-c", SHOW)
            self.assertEqual(Registration.objects.get().email, "eve@example.com")
        with tenant_context(self.name):
            self.assertTrue(Registration.objects.exists())

    def test_without_a_command_it_says_how_it_is_called(self) -> None:
        with self.assertRaisesRegex(CommandError, "No command is given"):
            self.run_here("acme")

    def test_for_all_it_goes_on_after_a_failure(self) -> None:
        call_command("create_tenant", self.name, stdout=StringIO(), stderr=StringIO())
        code = f"{SHOW}; assert t() != 'acme', 'not this one'"
        with (
            patch("sys.stdout", out := StringIO()),
            self.assertRaisesRegex(CommandError, r"^1 of \d+ failed: acme\.$"),
        ):
            err = StringIO()
            call_command(
                "tenant_command", "--all", "--", "shell", "-v0", "-c", code, stdout=out, stderr=err
            )
        self.assertIn("acme: AssertionError: not this one", err.getvalue())
        for name in ("testclient", "globex", self.name):
            self.assertIn(f"{name}:\nactive: {name}\n", out.getvalue())


@override_settings(TENANT_SERVERS={"beside": {}})
class MoveCommand(NewTenantTest):
    def setUp(self) -> None:
        super().setUp()
        # "beside" is the same server here, where a name can't be used again.
        other = f"{PREFIX}{self.name}_2"
        self.enterContext(patch.object(replacement, "free_database", return_value=other))

    def run_here(self, *words: str) -> str:
        out = StringIO()
        call_command(*words, stdout=out, stderr=StringIO())
        return out.getvalue()

    def test_there_and_back_and_what_is_kept(self) -> None:
        self.run_here("create_tenant", self.name)
        connections[self.name.upper()].close()
        said = self.run_here("move_tenant", self.name, "--to=beside", "--wait=0")
        self.assertRegex(said, rf"^{self.name} is in \S+ on beside, \S+ on default is kept\n$")
        notes = self.run_here("list_tenants")
        self.assertRegex(notes, "is kept. Run move_tenant .* --back .* --drop-kept")
        with self.assertRaisesRegex(CommandError, "which is not used then"):
            self.run_here("move_tenant", self.name, "--back")
        said = self.run_here("move_tenant", self.name, "--back", "--yes", "--wait=0")
        self.assertRegex(said, rf"^{self.name} is in \S+ on default, \S+ on beside is kept\n$")
        with self.assertRaisesRegex(CommandError, "This drops"):
            self.run_here("move_tenant", self.name, "--drop-kept")
        said = self.run_here("move_tenant", self.name, "--drop-kept", "--yes")
        self.assertRegex(said, rf"^{self.name} is in \S+ on default\n$")
