"""``manage.py loaddata``: Django's own, but for databases that are only read."""

from django.core.management.commands import loaddata

from manydb.core.read_only import RefusesReadOnly


class Command(RefusesReadOnly, loaddata.Command):
    pass
