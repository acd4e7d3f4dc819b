from django.db import models
from manydb.models import TenantModel

from .conference import Conference
from .person import Person


class Abstract(TenantModel):
    """A talk or poster submitted to a conference.

    Source: legacy table ``abstract``.
    """

    class Status(models.TextChoices):
        SUBMITTED = "S"
        ACCEPTED = "A"
        REJECTED = "R"

    id = models.IntegerField(db_column="absid", primary_key=True)
    conference = models.ForeignKey(
        Conference,
        models.DO_NOTHING,
        db_column="cfcnf",
        db_constraint=False,
        null=True,
        blank=True,
        related_name="abstracts",
    )
    title = models.CharField(db_column="abstitle", max_length=255, null=True, blank=True)
    body = models.TextField(db_column="abstext", null=True, blank=True)
    status = models.CharField(
        db_column="absstat", max_length=1, choices=Status, null=True, blank=True
    )
    submitted_at = models.DateTimeField(
        db_column="subdate", null=True, blank=True, help_text="In UTC."
    )

    class Meta:
        managed = False
        db_table = "abstract"

    def __str__(self) -> str:
        return self.title or str(self.id)


class AbstractAuthor(TenantModel):
    """A person's part in an abstract.

    Source: legacy table ``absauth``, which has no key but the pair. No foreign key can point to a
    model with a composite key, and no form of Django's can edit it.
    """

    pk = models.CompositePrimaryKey("abstract_id", "person_id")
    abstract = models.ForeignKey(
        Abstract,
        models.DO_NOTHING,
        db_column="absid",
        db_constraint=False,
        related_name="authors",
    )
    person = models.ForeignKey(
        Person,
        models.DO_NOTHING,
        db_column="pid",
        db_constraint=False,
        related_name="authorships",
    )
    position = models.SmallIntegerField(
        db_column="authord", null=True, blank=True, help_text="1 is the first author."
    )
    presenting = models.BooleanField(db_column="presntr", null=True, blank=True)
    affiliation = models.CharField(db_column="affil", max_length=120, null=True, blank=True)

    class Meta:
        managed = False
        db_table = "absauth"

    def __str__(self) -> str:
        return f"{self.abstract_id}/{self.person_id}"
