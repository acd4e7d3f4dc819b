"""``manage.py adopt_tenant``: a database that exists becomes a tenant's, without a copy, and back."""

from typing import Any

from django.core.management.base import CommandParser

from manydb.tenants.lifecycle.adopting import Plan, adopt, folder_of_files, give_back, plan
from manydb.tenants.lifecycle.base_command import TenantCommand, add_server, add_wait, add_yes
from manydb.tenants.lifecycle.tenant_names import subdomain


class Command(TenantCommand):
    help = (
        "Makes a database that exists a new tenant's, such as the one that the project had before it had tenants. "
        "No row is copied or changed: the database gets the migrations that it lacks and a table that says whose it "
        "is. Shows its plan and asks. After a crash, run it again to continue, or --back to leave the database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/tenants/existing_data.md. Example: python manage.py adopt_tenant acme --database old_db"
        parser.add_argument("name", help="the tenant's, for example acme")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "--database",
            metavar="NAME",
            help="the database on the server; of SQLite its file without .sqlite3",
        )
        what.add_argument(
            "--back",
            action="store_true",
            help="forget the tenant and leave the database that it brought along as it is",
        )
        add_server(parser)
        add_wait(parser)
        add_yes(parser)

    def run(self, **options: Any) -> None:
        name = options["name"]
        if options["back"]:
            self.confirm(name, f"This forgets {name}. Its database stays.", options["yes"])
            database = give_back(name, wait=options["wait"], report=self.report)
            self.stdout.write(f"{name} is forgotten. {database} has all its rows.")
            return
        database = options["database"].removesuffix(".sqlite3")
        found = plan(name, database, server=options["server"])
        for line in _lines(found):
            self.stdout.write(line)
        self.confirm(
            name,
            f"{database} becomes the database of {name}. Stop what else uses it, and make a backup.",
            options["yes"],
        )
        row = adopt(
            name, database, server=options["server"], wait=options["wait"], report=self.report
        )
        self.stdout.write(f"{name} is ready: host {subdomain(name)}, database {row.database}")
        if folder := folder_of_files(row):
            self.stdout.write(f"Move its uploaded files into the folder {folder} of the storage.")


def _lines(found: Plan) -> list[str]:
    fit = found.fit
    lacks = ", ".join(f"{app}.{name}" for app, name in fit.lacks[:5])
    more = f" and {len(fit.lacks) - 5} more" if len(fit.lacks) > 5 else ""
    lines = [
        f"{found.row.database}: {fit.tables} tables of tenants' models.",
        f"Migrations that it lacks: {lacks or 'none'}{more}.",
    ]
    for label, count in fit.shared.items():
        lines.append(
            f"{label}: {count} rows stay there and are not read, because the model lives in another database."
        )
    return lines
