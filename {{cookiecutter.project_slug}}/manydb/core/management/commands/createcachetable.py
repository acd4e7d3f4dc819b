"""``manage.py createcachetable``: Django's own, but for databases that are only read."""

from django.core.management.commands import createcachetable

from manydb.core.read_only import RefusesReadOnly


class Command(RefusesReadOnly, createcachetable.Command):
    pass
