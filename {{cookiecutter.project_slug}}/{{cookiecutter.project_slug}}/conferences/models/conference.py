from typing import Any, ClassVar

from django.db import models
from manydb.models import TenantManager, TenantModel

from ...accounts.models import Account
from ..querysets import ConferenceQuerySet


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
