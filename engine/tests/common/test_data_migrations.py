"""``RunPython`` and ``RunSQL``: in which databases they run, and what is refused before anything is noted."""

from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations import Migration, RunPython
from django.db.migrations.state import ProjectState
from django.test import TransactionTestCase

from engine.tests.attic import AtticCase
from engine.tests.names import OTHER_ALIAS
from engine.tests.written_app import BOTH, BOTH_CREATED, TENANTS, WrittenAppCase
from manydb.exceptions import DatabaseRequired

TENANTS_ALIASES = sorted(("TESTCLIENT", OTHER_ALIAS))

# Without .using(), by the migration's own models and by the real ones, and over a relation of neither.
FILL = """
def fill(apps, editor):
    apps.get_model("crm", "Invoice").objects.create(text="by the migration's model")
    from crm.models import Invoice
    Invoice.objects.create(text="by the real one")
    assert Invoice.objects.count() == 2

def empty(apps, editor):
    apps.get_model("crm", "Invoice").objects.all().delete()

---
migrations.RunPython(fill, empty{hints})
"""
FILLED = ["by the migration's model", "by the real one"]
SHARED = """
def fill(apps, editor):
    apps.get_model("crm", "Plan").objects.create(name="gold")
---
migrations.RunPython(fill{hints})
"""
SQL = """
migrations.RunSQL("INSERT INTO crm_invoice (id, text) VALUES (7, 'by SQL')"{hints})
"""
PYTHON_IN_TWO = """
def fill(apps, editor):
    for plan in apps.get_model("crm", "Plan").objects.all():
        apps.get_model("crm", "Invoice").objects.create(text=plan.name)
---
migrations.RunPython(fill{hints})
"""


def hint(**hints: str) -> str:
    return f", hints={hints!r}"


def in_each_tenant(*texts: str) -> dict[str, list[str]]:
    return {alias: list(texts) for alias in TENANTS_ALIASES}


class OfTenants(WrittenAppCase):
    """An app whose models are all tenants'."""

    def test_each_tenants_database_is_filled_by_plain_managers_and_default_is_not(self) -> None:
        self.write(TENANTS, first=BOTH_CREATED, second=FILL.format(hints=""))
        self.migrate_all()
        self.assertEqual(self.rows("crm_invoice"), in_each_tenant(*FILLED))
        self.assertEqual(self.recorded()["default"], ["first", "second"])

    def test_djangos_migrate_does_the_same_forwards_and_backwards(self) -> None:
        self.write(TENANTS, first=BOTH_CREATED, second=FILL.format(hints=""))
        self.said("migrate", database="TESTCLIENT", verbosity=0)
        self.said("migrate", database="default", verbosity=0)
        self.assertEqual(self.rows("crm_invoice"), {"TESTCLIENT": FILLED})
        self.said("migrate", "crm", "first", database="TESTCLIENT", verbosity=0)
        self.assertEqual(self.rows("crm_invoice"), {"TESTCLIENT": []})

    def test_sql_runs_in_each_tenants_database(self) -> None:
        self.write(TENANTS, first=BOTH_CREATED, second=SQL.format(hints=""))
        self.migrate_all()
        self.assertEqual(self.rows("crm_invoice"), in_each_tenant("by SQL"))


class OfBothKinds(WrittenAppCase):
    """An app with a shared model and a tenants' one."""

    def test_a_hint_says_where_each_runs(self) -> None:
        self.write(
            BOTH,
            first=BOTH_CREATED,
            second=SHARED.format(hints=hint(model="crm.Plan")),
            third=PYTHON_IN_TWO.format(hints=hint(model_name="invoice")),
            fourth=SQL.format(hints=hint(model="crm.Invoice")),
        )
        said = self.migrate_all()
        self.assertEqual(self.rows("crm_plan", "name"), {"default": ["gold"]}, said)
        self.assertEqual(self.rows("crm_invoice"), in_each_tenant("gold", "by SQL"))

    def test_without_a_hint_nothing_is_noted_and_the_error_names_both(self) -> None:
        for operation in (SHARED, FILL, SQL, f"{SQL[:-1]},migrations.RunSQL('')"):
            with self.subTest(operation):
                self.write(BOTH, first=BOTH_CREATED, second=operation.format(hints=""))
                said = self.migrate_all()
                self.assertIn("default: DatabaseRequired: crm.second: Run", said)
                self.assertIn('hints={"model": "crm.Plan"} to run it in "default"', said)
                self.assertIn(
                    'hints={"model": "crm.Invoice"} to run it in each tenant\'s database', said
                )
                self.assertIn("No tenant was touched", said)
                self.assertNotIn("second", str(self.recorded()))
                for alias in sorted(self.databases):
                    with self.assertRaisesMessage(DatabaseRequired, 'hints={"model": "crm.Plan"}'):
                        self.said("migrate", database=alias, verbosity=0)
                    self.assertIn(
                        f"{alias}: DatabaseRequired",
                        self.said("migrate_databases", "--only", alias),
                    )
                    with self.assertRaises(DatabaseRequired):
                        self.said("sqlmigrate", "crm", "second", database=alias)
                self.assertNotIn("second", str(self.recorded()))

    def test_the_settings_give_a_hint_to_a_migration_of_a_package(self) -> None:
        self.write(BOTH, first=BOTH_CREATED, second=SQL.format(hints=""))
        with self.settings(MIGRATION_HINTS={"crm.second": {"model": "crm.Invoice"}}):
            said = self.migrate_all()
        self.assertEqual(self.rows("crm_invoice"), in_each_tenant("by SQL"), said)

    def test_what_does_nothing_needs_no_hint(self) -> None:
        nothing = "migrations.RunPython(migrations.RunPython.noop), migrations.RunSQL(migrations.RunSQL.noop)"
        self.write(BOTH, first=BOTH_CREATED, second=nothing)
        self.assertNotIn("failed", self.migrate_all())

    def test_a_tenants_model_in_default_is_an_error_that_names_the_hint_and_no_context(
        self,
    ) -> None:
        self.write(
            BOTH,
            first=BOTH_CREATED,
            second=FILL.format(hints=hint(model="crm.Plan")),
        )
        said = self.migrate_all()
        self.assertIn(
            'crm.second runs on default here: give the operation hints={"model": "crm.Invoice"}',
            said,
        )
        self.assertNotIn("tenant_context", said)
        self.assertNotIn("using(", said)
        self.assertEqual(self.recorded()["default"], ["first"])

    def test_a_wrong_hint_is_refused_with_the_right_ones(self) -> None:
        for hints, sentence in {
            hint(model="cmr.Invoice"): "no app 'cmr': name a model as",
            hint(target_db="acounts"): "no such alias: use one of default, accounts",
            hint(target_db="default_RO"): 'a replica: name its primary, "default"',
            hint(model="crm.Gone"): 'crm has no such model. Write hints={"model": "crm.Plan"}',
            hint(model_name="gone"): "crm has no such model. Write hints=",
        }.items():
            with self.subTest(hints):
                self.write(BOTH, first=BOTH_CREATED, second=SHARED.format(hints=hints))
                self.assertIn(sentence, self.migrate_all())
                self.assertNotIn("second", str(self.recorded()))

    def test_an_alias_as_a_hint_is_djangos_way(self) -> None:
        self.write(
            BOTH,
            first=BOTH_CREATED,
            second=SHARED.format(hints=hint(target_db="default")),
            third=SQL.format(hints=hint(target_db=OTHER_ALIAS)),
        )
        self.migrate_all()
        self.assertEqual(self.rows("crm_plan", "name"), {"default": ["gold"]})
        self.assertEqual(self.rows("crm_invoice")[OTHER_ALIAS], ["by SQL"])
        self.assertEqual(self.rows("crm_invoice")["TESTCLIENT"], [])

    def test_models_that_were_renamed_or_deleted_since_lived_where_they_belong(self) -> None:
        self.write(
            BOTH,
            first=BOTH_CREATED.replace('"Invoice"', '"Bill"')
            + """
            migrations.CreateModel("Line", [
                ("id", models.BigAutoField(primary_key=True)),
                ("bill", models.ForeignKey("crm.Bill", models.CASCADE)),
            ]),
            """,
            second=FILL.replace('"Invoice"', '"Bill"')
            .replace(
                "    from crm.models import Invoice\n    Invoice",
                '    apps.get_model("crm", "Bill")',
            )
            .replace("    assert Invoice.objects.count() == 2\n", "")
            .format(hints=hint(model="crm.Bill")),
            third='migrations.RenameModel("Bill", "Invoice"), migrations.DeleteModel("Line")',
        )
        said = self.migrate_all()
        self.assertNotIn("failed", said)
        self.assertEqual(self.rows("crm_invoice"), in_each_tenant(*FILLED))
        self.assertEqual(self.rows("crm_line"), {})
        by_django = self.said("migrate", "crm", "zero", database="TESTCLIENT")
        self.assertIn("Unapplying crm.first... OK", by_django)


class OfNoApp(TransactionTestCase):
    def test_a_migration_that_is_made_in_memory_is_left_to_django(self) -> None:
        ran: list[str] = []
        migration = Migration("made", "of_no_app")
        migration.operations = [RunPython(lambda apps, editor: ran.append(editor.connection.alias))]
        with connections["default"].schema_editor() as editor:
            migration.apply(ProjectState(), editor)
        self.assertEqual(ran, ["default"])


class ContentTypes(WrittenAppCase):
    def test_renaming_a_tenants_model_renames_its_content_type_in_default(self) -> None:
        self.write(TENANTS, first=BOTH_CREATED.replace('"Invoice"', '"Bill"'))
        old = ContentType.objects.create(app_label="crm", model="bill")
        self.addCleanup(ContentType.objects.filter(app_label="crm").delete)
        self.write(
            TENANTS,
            first=BOTH_CREATED.replace('"Invoice"', '"Bill"'),
            second='migrations.RenameModel("Bill", "Invoice")',
        )
        said = self.migrate_all()
        self.assertNotIn("failed", said)
        self.assertEqual(ContentType.objects.get(pk=old.pk).model, "invoice")


class Signals(WrittenAppCase):
    def test_receivers_have_the_tenant_of_the_database_and_are_told_what_to_do_in_default(
        self,
    ) -> None:
        from django.db.models.signals import post_migrate

        seen: dict[str, object] = {}

        def fill(using: str, **kwargs: object) -> None:
            try:
                seen[using] = self.model("Invoice").objects.count()
            except DatabaseRequired as error:
                seen[using] = str(error)

        self.write(TENANTS, first=BOTH_CREATED)
        post_migrate.connect(fill)
        self.addCleanup(post_migrate.disconnect, fill)
        self.migrate_all()
        told = str(seen.pop("default"))
        self.assertIn("a receiver of pre_migrate or post_migrate met it", told)
        self.assertNotIn("tenant_context", told)
        self.assertEqual(seen, dict.fromkeys(TENANTS_ALIASES, 0))
        for alias in TENANTS_ALIASES:
            seen.clear()
            self.said("migrate", database=alias, verbosity=0)
            self.assertEqual(seen, {alias: 0})


class Plans(WrittenAppCase):
    def test_each_database_is_told_what_happens_there_and_nothing_else(self) -> None:
        self.write(
            BOTH,
            first=BOTH_CREATED,
            second=SHARED.format(hints=hint(model="crm.Plan")),
            third=SQL.format(hints=hint(target_db=OTHER_ALIAS))
            + ", "
            + 'migrations.AlterModelOptions("invoice", {"verbose_name": "bill"}),',
        )
        plan = self.migrate_all("--plan").splitlines()
        wanted = {
            "default": [
                "default: 2 migrations change it, 1 migration is only recorded",
                "    crm.first",
                "        Create model Plan",
                "    crm.second",
                "        Raw Python operation fill",
            ],
            "TESTCLIENT": [
                "TESTCLIENT: 1 migration changes it, 2 migrations are only recorded",
                "    crm.first",
                "        Create model Invoice",
            ],
            OTHER_ALIAS: [
                f"{OTHER_ALIAS}: 2 migrations change it, 1 migration is only recorded",
                "    crm.first",
                "        Create model Invoice",
                "    crm.third",
                "        Raw SQL operation",
            ],
        }
        for alias, lines in wanted.items():
            with self.subTest(alias):
                (start,) = (at for at, line in enumerate(plan) if line.startswith(f"{alias}:"))
                self.assertEqual(plan[start : start + len(lines)], lines)
        self.assertEqual(len(plan), sum(map(len, wanted.values())) + 1)
        self.assertEqual(self.recorded(), {alias: [] for alias in sorted(self.databases)})


LEGACY = """
    from django.db import models

    class Account(models.Model):
        _DATABASE = "attic"
        name = models.CharField(max_length=50)

        class Meta:
            managed = False
            db_table = "accounts"
"""
INDEX = (
    "migrations.RunSQL('CREATE INDEX by_name ON accounts (name)', 'DROP INDEX by_name{on}'{hints})"
)


class OfALegacyDatabase(AtticCase, WrittenAppCase):
    """SQL for a database that other software made, with unmanaged models only."""

    databases = WrittenAppCase.databases

    def setUp(self) -> None:
        AtticCase.setUp(self)
        WrittenAppCase.setUp(self)
        self.make("CREATE TABLE accounts (id integer PRIMARY KEY, name varchar(50));")

    def index(self, **hints: str) -> str:
        on = " ON accounts" if self.engine == "mysql" else ""
        return INDEX.format(hints=hint(**hints) if hints else "", on=on)

    def indexes(self) -> dict[str, bool]:
        """Whether the index is there, for each database that has the table."""
        found = {}
        for alias in self.databases:
            connection = connections[alias]
            with connection.cursor() as cursor:
                if "accounts" in connection.introspection.table_names(cursor):
                    made = connection.introspection.get_constraints(cursor, "accounts")
                    found[alias] = "by_name" in made
        return found

    def test_without_a_hint_it_is_refused_and_noted_nowhere(self) -> None:
        for hints in ({}, {"model": "crm.Account"}):
            with self.subTest(hints):
                self.write(LEGACY, second=self.index(**hints))
                said = "".join(
                    self.said("migrate_databases", "--only", alias)
                    for alias in sorted(self.databases)
                )
                self.assertIn("--only: 'attic' is not a database to migrate.", said)
                self.assertEqual(said.count("failed"), len(self.databases) - 1)
                self.assertIn('RunSQL is for "attic", where no migration runs', said)
                self.assertIn('Add hints={"target_db": "attic"}, and migrate_databases', said)
                self.assertEqual(self.indexes(), {"attic": False})
                self.assertEqual({*map(str, self.recorded().values())}, {"[]"})

    def test_with_a_hint_it_runs_there_once(self) -> None:
        self.write(LEGACY, second=self.index(target_db="attic"))
        plan = self.migrate_all("--plan")
        self.assertIn("attic: 1 migration changes it", plan)
        self.assertIn("default: nothing changes, 1 migration is only recorded", plan)
        for _ in range(2):
            said = self.migrate_all()
            self.assertNotIn("failed", said)
            self.assertEqual(self.indexes(), {"attic": True})
        self.assertIn("attic: up to date", said)
        self.said("migrate", "crm", "zero", database="attic", verbosity=0)
        self.assertEqual(self.indexes(), {"attic": False})
        self.assertIn(
            "CREATE INDEX by_name", self.said("sqlmigrate", "crm", "second", database="attic")
        )

    def test_what_is_only_read_is_not_written_to(self) -> None:
        self.entry["READ_ONLY"] = True
        self.addCleanup(self.connect)
        self.addCleanup(lambda: connections["attic"].close())
        self.addCleanup(self.entry.pop, "READ_ONLY")
        for hints in ({}, {"target_db": "attic"}):
            with self.subTest(hints):
                self.write(LEGACY, second=self.index(**hints))
                self.assertRegex(
                    self.said("migrate_databases", "--only", "default"),
                    "attic is read-only .* read_only=True",
                )
                self.assertEqual(self.indexes(), {"attic": False})

    def test_flush_of_a_database_without_tables_of_ours_says_so(self) -> None:
        self.write(LEGACY)
        with self.assertRaisesMessage(CommandError, "attic has no table that this project manages"):
            call_command("flush", interactive=False, database="attic")
