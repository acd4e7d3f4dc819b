"""A new tenant, and migrating its database from nothing: python -m benchmarks.new_tenant

Both in one process, in turns, on a real PostgreSQL and a real MariaDB. The project's tenants have 25 tables
more than the default project's, one migration each, as a shop has that is some years old; the default project
itself is judged as well. ``create`` is timed with all that it writes into the catalog, and takes a spare that
``prepare_tenants`` has made before; what it takes where there is none, so that it has to copy the template, is
printed, too.
"""

from pathlib import Path

from tests.servers import MariaDB, Postgres, workplace

from .frame import Verdicts, create_databases, inside, on_server, package, projects, short

TABLES = 25


def main() -> None:
    rounds = 3 if short(__doc__) else 15
    verdicts = Verdicts()
    engines = {"postgresql": Postgres, "mysql": MariaDB}
    for engine, server_of in engines.items():
        with projects() as rendered, workplace() as folder, server_of(folder) as server:
            for tables in (0, TABLES):
                slug = f"shop_{tables}"
                project = rendered(database_engine=engine, router="tenant", project_slug=slug)
                add_tables(project, tables)
                create_databases(server, slug)
                env = on_server(project, server)
                took = inside(project, "new_tenant.py", env, rounds)
                ratio = {way: seconds / took["migrated"] for way, seconds in took.items()}
                what = f"{engine}, {tables} tables more: a new tenant, of migrating it"
                detail = f"{took['spare'] * 1000:.0f} of {took['migrated'] * 1000:.0f} ms"
                verdicts.judge(what, ratio["spare"], "at most", 0.1, detail)
                print(f"       without a spare: {ratio['copied']:.2f}", flush=True)
    verdicts.end()


MODEL = """
class Thing{n}(TenantModel):
    name = models.CharField(max_length=100, db_index=True)
    made_at = models.DateTimeField()
    price = models.DecimalField(max_digits=9, decimal_places=2)
"""
MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = {dependencies}
    operations = [
        migrations.CreateModel(
            name="Thing{n}",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=100, db_index=True)),
                ("made_at", models.DateTimeField()),
                ("price", models.DecimalField(max_digits=9, decimal_places=2)),
            ],
        )
    ]
"""


def add_tables(project: Path, tables: int) -> None:
    """An app of the tenants with so many models, each from a migration of its own."""
    slug = package(project)
    app = project / slug / "things"
    (app / "migrations").mkdir(parents=True)
    (app / "migrations/__init__.py").touch()
    (app / "__init__.py").touch()
    head = "from django.db import models\n\nfrom manydb.core.models import TenantModel\n"
    models = "".join(MODEL.format(n=number) for number in range(tables))
    (app / "models.py").write_text(head + models)
    for number in range(tables):
        before = [("things", f"{number - 1:04}_thing")] if number else []
        text = MIGRATION.format(n=number, dependencies=before)
        (app / "migrations" / f"{number:04}_thing.py").write_text(text)
    settings = project / slug / "settings/base.py"
    text = settings.read_text()
    settings.write_text(
        text.replace("INSTALLED_APPS = [", f'INSTALLED_APPS = [\n    "{slug}.things",', 1)
    )


if __name__ == "__main__":
    main()
