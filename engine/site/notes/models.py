"""Tenants' models. They have no migrations: ``migrate`` makes their tables in test databases."""

from django.conf import settings
from django.db import models

from manydb.core.models import TenantModel
from manydb.models import DatabaseReference


class Folder(TenantModel):
    """Lives in each tenant's database, like all below."""

    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class Tag(TenantModel):
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class Note(TenantModel):
    """Its table of tags is made by Django and has no class that could carry a mark."""

    text = models.CharField(max_length=100)
    folder = models.ForeignKey(Folder, models.CASCADE, null=True, related_name="notes")
    tags = models.ManyToManyField(Tag, related_name="notes")

    def __str__(self) -> str:
        return self.text


class Balance(TenantModel):
    """Is never read from a replica."""

    _PREFER_READ_REPLICA = False

    amount = models.IntegerField(default=0)


class OldNote(TenantModel):
    """A legacy table, which Django neither makes nor changes; in test databases ``prepare()`` makes it."""

    text = models.CharField(db_column="TXT", max_length=100)
    note = models.ForeignKey(Note, models.DO_NOTHING, db_column="NOTEID", null=True)

    class Meta:
        managed = False
        db_table = "oldnotes"


class Receipt(TenantModel):
    """Of a user, who lives in ``default``, for a book in ``accounts``."""

    number = models.CharField(max_length=20)
    created_by = DatabaseReference(settings.AUTH_USER_MODEL, null=True, blank=True)
    book = DatabaseReference("library.Book", null=True, blank=True)

    def __str__(self) -> str:
        return self.number
