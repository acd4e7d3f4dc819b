"""Models of a tenant's database; the legacy tables' schema is in ``legacy/conferences/``.

Foreign keys between legacy tables describe columns and nothing more: ``db_constraint=False``
because this project adds no constraint to tables that it does not own, and ``DO_NOTHING`` because
their own system decides what happens to the rows that point to a deleted one.
"""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from manydb.models import TenantManager, TenantModel

from ..accounts.models import Account
from .querysets import ConferenceQuerySet


class Conference(TenantModel):
    """A conference of the tenant.

    Source: legacy table ``confrnce``. Anything but its key may be empty; an empty ``active`` means
    no. Dates are calendar days where the conference takes place, both ends included.
    """

    code = models.CharField(db_column="cfcnf", max_length=8, primary_key=True)
    name = models.CharField(db_column="cfname", max_length=100, null=True, blank=True)
    # Accounts live in another database, where no foreign key reaches: this is an account's acronym.
    sponsor = models.CharField(
        max_length=20, null=True, blank=True, help_text="Acronym of an account."
    )
    active = models.BooleanField(null=True, blank=True)
    date = models.DateField(null=True, blank=True, help_text="First day.")
    dateend = models.DateField(null=True, blank=True, help_text="Last day; empty: the first day.")
    attendance = models.DecimalField(
        db_column="confattend",
        max_digits=5,
        decimal_places=0,
        null=True,
        blank=True,
        help_text="People; empty: nobody counted yet.",
    )
    city = models.CharField(db_column="cityid", max_length=6, null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True, help_text="In UTC.")
    updated_at = models.DateTimeField(null=True, blank=True, help_text="In UTC.")

    _sponsor: tuple[str | None, Account | None] = (None, None)

    objects: ClassVar[Any] = TenantManager.from_queryset(ConferenceQuerySet)()

    class Meta:
        managed = False
        db_table = "confrnce"

    def __str__(self) -> str:
        return self.name or self.code

    def get_sponsor(self) -> Account | None:
        """The account that ``sponsor`` names, or None if there is none of exactly that acronym.

        A method and not a property, since it asks another database, once until ``sponsor`` changes.
        ``queries.with_sponsors()`` asks once for many conferences.
        """
        acronym, account = self._sponsor
        if acronym != self.sponsor:
            account = Account.objects.in_bulk([self.sponsor]).get(self.sponsor)
            self.remember_sponsor(account)
        return account

    def remember_sponsor(self, account: Account | None) -> None:
        """Spares ``get_sponsor()`` its query."""
        self._sponsor = (self.sponsor, account)


class CustomField(TenantModel):
    """A question that a conference adds to its registration form.

    Source: legacy table ``cstmflds``, whose columns ``key``, ``group`` and ``order`` are reserved
    words of SQL. Django quotes every name, so only hand-written SQL has to care.
    """

    id = models.IntegerField(db_column="fldid", primary_key=True)
    conference = models.ForeignKey(
        Conference,
        models.DO_NOTHING,
        db_column="cfcnf",
        db_constraint=False,
        null=True,
        blank=True,
        related_name="custom_fields",
    )
    key = models.CharField(max_length=30, null=True, blank=True)
    group = models.CharField(max_length=30, null=True, blank=True)
    order = models.SmallIntegerField(null=True, blank=True)
    label = models.CharField(db_column="fldlabel", max_length=150, null=True, blank=True)
    required = models.BooleanField(db_column="fldreqd", null=True, blank=True)

    class Meta:
        managed = False
        db_table = "cstmflds"

    def __str__(self) -> str:
        return self.label or self.key or str(self.id)


class Person(TenantModel):
    """Anyone the tenant knows: authors, speakers, guests.

    Source: legacy table ``people``. Its own system hands out ``pid``; there is no sequence.
    """

    pid = models.IntegerField(primary_key=True)
    first_name = models.CharField(db_column="firstnm", max_length=50, null=True, blank=True)
    last_name = models.CharField(db_column="lastnm", max_length=50, null=True, blank=True)
    email = models.CharField(db_column="emailaddr", max_length=254, null=True, blank=True)
    country = models.CharField(
        db_column="cntry", max_length=2, null=True, blank=True, help_text="ISO 3166-1 alpha-2."
    )

    class Meta:
        managed = False
        db_table = "people"
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return " ".join(filter(None, [self.first_name, self.last_name])) or str(self.pid)


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


class Registration(TenantModel):
    """Somebody's place at a conference: the one table here that this project owns and migrates."""

    # No constraint in the database: the legacy table may be MyISAM or of another character set,
    # where none can be made, and a table of ours must not stop or lock the system that owns it.
    # PROTECT holds where a conference is deleted through Django.
    conference = models.ForeignKey(
        Conference,
        models.PROTECT,
        db_constraint=False,
        db_index=False,  # the unique constraint's index begins with it
        related_name="registrations",
    )
    email = models.EmailField(
        help_text="Lower case: not every engine compares addresses without case."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        # For registrations since a moment, latest first: queries.with_recent_registrations().
        indexes = [models.Index(fields=["-created_at"], name="registration_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["conference", "email"], name="one_registration_per_email"
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} at {self.conference_id}"
