"""``manage.py flush``: Django's own, but for databases that are only read."""

from typing import Any

from django.core.management.commands import flush

from manydb.core.migrating import migrating
from manydb.core.read_only import RefusesReadOnly


class Command(RefusesReadOnly, flush.Command):
    def handle(self, *args: Any, **options: Any) -> Any:
        with migrating(options["database"]):  # it sends post_migrate
            return super().handle(*args, **options)
