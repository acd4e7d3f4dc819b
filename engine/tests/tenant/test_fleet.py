"""What the catalog says of tenants whose databases are migrated."""

from collections.abc import Callable
from contextlib import suppress
from io import StringIO

from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import RequestFactory, TestCase, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext

from manydb.core.disk_migrations import fingerprint
from manydb.core.hosts import tenant_hosts
from manydb.core.members import Member, fleet
from manydb.fleet.shards import Shard
from manydb.pages import overview
from manydb.tenants import catalog
from manydb.tenants.lifecycle import serving
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.models import Tenant

NAME = "testclient"


class Fleet(TransactionTestCase):
    databases = {"default", "TESTCLIENT"}

    def setUp(self) -> None:
        self.addCleanup(catalog.forget)

    def row(self) -> Tenant:
        return Tenant.objects.get(name=NAME)

    def migrate(self, *options: str) -> str:
        out = StringIO()
        call_command("migrate_databases", "--only", "TESTCLIENT", *options, stdout=out)
        return out.getvalue()

    def test_one_of_tenants_gets_a_row_also_if_it_was_up_to_date(self) -> None:
        self.migrate()
        self.assertEqual((self.row().fingerprint, self.row().command), (fingerprint(), ""))

    def test_whoever_only_looks_changes_no_row(self) -> None:
        recorder = MigrationRecorder(connections["TESTCLIENT"])
        recorder.record_unapplied("sessions", "0001_initial")
        self.addCleanup(recorder.record_applied, "sessions", "0001_initial")
        Tenant.objects.create(name=NAME, database="any", state="ready", fingerprint="before")
        self.migrate("--plan")
        self.assertEqual(self.row().fingerprint, "before")

    @override_settings(TENANTS_ALWAYS_READY=False)  # as in production: its row counts
    def test_a_plan_trusts_the_catalog_and_asks_no_database_unless_told_to(self) -> None:
        self.migrate()  # so that the database says whose it is
        recorder = MigrationRecorder(connections["TESTCLIENT"])
        recorder.record_unapplied("sessions", "0001_initial")
        self.addCleanup(recorder.record_applied, "sessions", "0001_initial")
        with CaptureQueriesContext(connections["TESTCLIENT"]) as asked:
            self.assertIn("1 current by the catalog", self.migrate("--plan"))
        self.assertEqual(len(asked), 0)
        self.assertIn("1 lack migrations", self.migrate("--plan", "--verify"))
        with self.assertRaisesRegex(CommandError, "1 of 1 databases lack migrations: TESTCLIENT"):
            self.migrate("--check")
        with self.assertRaisesRegex(CommandError, "--verify is for --plan"):
            self.migrate("--verify")

    def test_list_tenants_reads_each_row_once(self) -> None:
        many = [Tenant(name=f"t{number}", database=f"t{number}") for number in range(50)]
        Tenant.objects.bulk_create(many)
        with CaptureQueriesContext(connections["default"]) as asked:
            call_command("list_tenants", stdout=(out := StringIO()))
        self.assertIn("t49", out.getvalue())
        whole = [query["sql"] for query in asked if "fingerprint" in query["sql"]]
        self.assertEqual(len(whole), 1, whole)

    def test_what_others_have_begun_with_by_now_is_theirs(self) -> None:
        for state, command in ("suspended", "move_back"), ("moving", ""):
            Tenant.objects.update_or_create({"state": state, "command": command}, name=NAME)
            fleet().finish(Member("TESTCLIENT", name=NAME), migrated=True, error="")
            self.assertEqual((self.row().command, self.row().fingerprint), (command, ""))

    def test_one_that_another_process_has_dropped_stays_dropped(self) -> None:
        Tenant.objects.create(name="gone", database="gone", state="ready")
        commands: list[Callable[[], object]] = [
            lambda: fleet().finish(Member("GONE", name="gone"), migrated=True, error=""),
            lambda: serving.suspend("gone"),
        ]
        for command in commands:
            self.assertTrue(catalog.find("gone"))
            with connections["default"].cursor() as cursor:  # which tells nobody here
                cursor.execute("DELETE FROM manydb_tenants_tenant WHERE name = 'gone'")
            with suppress(ProvisioningError):
                command()
            self.assertFalse(Tenant.objects.filter(name="gone").exists())
            Tenant.objects.create(name="gone", database="gone", state="ready")

    def test_each_is_there_once_though_it_gets_its_row_meanwhile(self) -> None:
        found = []
        for each in fleet().members():
            found.append(each.name)
            Tenant.objects.get_or_create({"database": each.name}, name=each.name)
        self.assertIn(NAME, found)
        self.assertEqual(sorted(found), sorted({*found}))


class WholeFleet(TestCase):
    databases = "__all__"

    def setUp(self) -> None:
        self.addCleanup(catalog.forget)

    def test_a_plan_of_all_reads_the_catalog_once_however_many_tenants_there_are(self) -> None:
        asked = []
        for many in (range(5), range(5, 300)):
            Tenant.objects.bulk_create(
                Tenant(name=f"t{n}", database=f"t{n}", state="ready", fingerprint=fingerprint())
                for n in many
            )
            with CaptureQueriesContext(connections["default"]) as queries:
                call_command("migrate_databases", "--plan", stdout=(out := StringIO()))
            self.assertIn(f"{many.stop} current by the catalog", out.getvalue())
            asked.append(sum("manydb_tenants_tenant" in query["sql"] for query in queries))
        self.assertEqual(asked[0], asked[1])

    def test_a_shard_says_what_the_runs_of_the_other_shards_have_left(self) -> None:
        call_command("migrate_databases", stdout=StringIO())
        row = Tenant.objects.create(name="newcomer", database="newcomer", state="ready")
        numbers = range(1, 9)
        mine = next(n for n in numbers if "NEWCOMER" not in Shard(n, 8))
        said = "1 tenants of other shards are not up to date. Unless runs for each of 1/8 to 8/8"
        for outdated in (True, False):
            error = StringIO()
            call_command(
                "migrate_databases", "--shard", f"{mine}/8", stdout=StringIO(), stderr=error
            )
            self.assertEqual(said in error.getvalue(), outdated, error.getvalue())
            Tenant.objects.filter(pk=row.pk).update(fingerprint=fingerprint())


class StartPage(TestCase):
    databases = "__all__"

    def setUp(self) -> None:
        self.addCleanup(catalog.forget)

    @override_settings(DEBUG=True)
    def test_a_start_page_names_the_first_ones_and_counts_the_others(self) -> None:
        request = RequestFactory().get("/")
        listed = [name for name, _ in tenant_hosts(request)]
        names = [*listed, *(f"shop{number:02}" for number in range(30))]
        Tenant.objects.bulk_create(Tenant(name=n, database=n, state="ready") for n in names)
        page = overview(request)
        self.assertIn(("shop00", "shop00.testserver"), page["tenants"])
        self.assertLessEqual(len(page["tenants"]), len(listed) + 20)
        self.assertEqual(page["more_tenants"], len(names) - len(page["tenants"]))
