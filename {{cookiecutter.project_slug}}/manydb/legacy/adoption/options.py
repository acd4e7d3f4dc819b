"""Options that two commands share: how models are named, and what a refresh may do without a question."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from manydb.legacy.kept import Kept


def add_refreshing(parser: CommandParser) -> None:
    """Of commands that show a difference and ask."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--yes", action="store_true", help="write the difference without a question")
    how.add_argument(
        "--check", action="store_true", help="write nothing; exit with status 1 on a difference"
    )


def add_naming(parser: CommandParser) -> None:
    """Of commands that name classes. What has a name keeps it."""
    parser.add_argument(
        "--class-names",
        choices=["singular", "table"],
        default="singular",
        help="Order for the table orders, or Orders as the table is called",
    )
    parser.add_argument(
        "--prefix",
        metavar="TEXT",
        help="what class names leave out, such as oc_; if not given, what the names of all tables begin with",
    )


def naming(options: Mapping[str, Any]) -> Kept:
    """How the classes of tables are named that have none yet."""
    return Kept(prefix=options["prefix"], singular=options["class_names"] == "singular")
