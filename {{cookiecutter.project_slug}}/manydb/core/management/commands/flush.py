"""``manage.py flush``: Django's own, but for databases that are only read."""

from django.core.management.commands import flush

from manydb.core.read_only import RefusesReadOnly


class Command(RefusesReadOnly, flush.Command):
    pass
