"""``manage.py move_rows``: rows of all tenants in the same tables go into the tenants' databases."""

from typing import Any

from django.core.management.base import CommandParser
from django.db import connections

from manydb.core.aliases import is_tenant_name
from manydb.core.placement import shared_alias
from manydb.tenants.lifecycle.base_command import TenantCommand, add_yes
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.row_moves.moving import Move
from manydb.tenants.row_moves.paths import Layout, layout
from manydb.tenants.row_moves.rows_together import Source


class Command(TenantCommand):
    help = (
        "Copies rows that a column tells apart into the tenants' databases, with their files, and counts them. Shows "
        "its plan and asks. Nothing is changed where the rows are, unless you give --delete, and then after all are "
        "counted. After a crash, run it again: it goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/tenants/existing_data.md. Example: python manage.py move_rows --column company"
        parser.add_argument(
            "--column",
            required=True,
            metavar="MODEL.FIELD",
            help="whose rows are the tenants, and what names them: shop.Shop.slug",
        )
        parser.add_argument(
            "--tenant",
            action="append",
            default=[],
            metavar="VALUE=NAME",
            help="the tenant of a value of the column (default: the value itself)",
        )
        parser.add_argument(
            "--path",
            action="append",
            default=[],
            metavar="MODEL=PATH",
            help="how a row leads to its tenant (default: over foreign keys): auth.User=memberships__shop",
        )
        parser.add_argument(
            "--everywhere",
            action="append",
            default=[],
            metavar="MODEL",
            help="copy all rows of it into each tenant's database",
        )
        parser.add_argument(
            "--leave", action="append", default=[], metavar="MODEL", help="do not move its rows"
        )
        parser.add_argument(
            "--from",
            dest="source",
            default="",
            metavar="ALIAS",
            help="the database with the rows (default: the one that tenants share)",
        )
        parser.add_argument(
            "--only", action="append", default=[], metavar="NAME", help="this tenant; repeatable"
        )
        parser.add_argument(
            "--delete",
            action="store_true",
            help="remove the rows where they were, once all are counted",
        )
        add_yes(parser)

    def run(self, **options: Any) -> None:
        made = layout(
            options["column"], _pairs(options["path"]), options["everywhere"], options["leave"]
        )
        source = Source(_alias(options["source"]), made)
        tenants = _tenants(source, _pairs(options["tenant"]), options["only"])
        for line in _plan(source, tenants):
            self.stdout.write(line)
        _refuse_dangling(source, tenants)
        warning = f"Copies these rows into the databases of {', '.join(tenants)}. Stop what else writes to them."
        if options["delete"]:
            warning += f" Then removes them from {source.alias}."
        self.confirm("move", warning, options["yes"])
        moves = [Move(source, name, value, self.report) for name, value in tenants.items()]
        for move in moves:
            numbers = move.copy()
            self.stdout.write(f"{move.name}: {sum(numbers.values())} rows, counted.")
        for move in moves if options["delete"] else ():
            self.stdout.write(f"{move.name}: {move.delete()} rows removed from {source.alias}.")


def _pairs(given: list[str]) -> dict[str, str]:
    pairs = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not (key and equals and value):
            raise ProvisioningError(
                f"{each!r} is not of the form KEY=VALUE. Write for example acme_ltd=acme."
            )
        pairs[key] = value
    return pairs


def _alias(name: str) -> str:
    alias = name or shared_alias()
    if alias not in connections.settings:
        raise ProvisioningError(
            f"There is no alias {alias!r}. Use one of {', '.join(connections)}."
        )
    return alias


def _tenants(source: Source, given: dict[str, str], only: list[str]) -> dict[str, Any]:
    """The value of each tenant, by name."""
    values = source.values()
    named = {given.get(str(value), _name(value)): value for value in values}
    wrong = sorted(name for name in named if not is_tenant_name(name) and not only)
    if wrong or len(named) < len(values):
        examples = ", ".join(wrong[:5]) or "several have the same"
        raise ProvisioningError(
            f"{source.layout.root._meta.label}.{source.layout.column} gives names that no tenant can have: {examples}. "
            "Give --tenant VALUE=NAME for each."
        )
    if unknown := set(only) - named.keys():
        raise ProvisioningError(
            f"No row has the tenant {min(unknown)!r}. Name another one, or leave --only out."
        )
    return {name: value for name, value in named.items() if not only or name in only}


def _name(value: Any) -> str:
    return str(value).lower().replace("-", "_")


def _plan(source: Source, tenants: dict[str, Any]) -> list[str]:
    """A line for each model: how it leads to a tenant, and how many rows each has."""
    made: Layout = source.layout
    lines = []
    for model in source.models:
        total = source.total(model)
        if model in made.everywhere:
            lines.append(f"{model._meta.label}: all {total} rows, into each")
            continue
        numbers = {name: source.count(model, value) for name, value in tenants.items()}
        rest = total - sum(numbers.values())
        counted = ", ".join(f"{name} {number}" for name, number in numbers.items())
        lines.append(
            f"{model._meta.label} by {'__'.join(made.paths[model])}: {counted}"
            + (f"; {rest} of no tenant of these stay" if rest else "")
        )
    return lines


def _refuse_dangling(source: Source, tenants: dict[str, Any]) -> None:
    found = [
        f"{name}: {what}"
        for name, value in tenants.items()
        for model in source.models
        for what in source.dangling(model, value)
    ]
    if found:
        raise ProvisioningError(
            f"{'; '.join(found[:5])}. Give another --path, or --everywhere for what all tenants use."
        )
