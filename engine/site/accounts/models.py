"""Models of the legacy database ``accounts``; its schema is in ``legacy/accounts/``."""

from django.db import models


class Account(models.Model):
    """A customer, who may sponsor conferences in the tenants' databases.

    Source: the old accounts system owns the table and has no NOT NULL but its key's. Django never
    migrates it (``managed = False``), so a change here describes the table and does not alter it.
    """

    _DATABASE = "accounts"

    acronym = models.CharField(db_column="ACRONYM", max_length=20, primary_key=True)
    accountname = models.CharField(db_column="ACCOUNTNAME", max_length=75, null=True, blank=True)
    active = models.BooleanField(
        db_column="ACTIVE", null=True, blank=True, help_text="Empty means no."
    )
    defaultconf = models.CharField(
        db_column="DEFAULTCONF",
        max_length=8,
        null=True,
        blank=True,
        help_text="Code of a conference, which is in a tenant's database.",
    )
    contact_email = models.CharField(db_column="CONTACTEML", max_length=254, null=True, blank=True)
    credit_limit = models.DecimalField(
        db_column="CREDITLMT",
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="In US dollars.",
    )
    created_at = models.DateTimeField(
        db_column="CRTDATE", null=True, blank=True, help_text="In UTC."
    )
    notes = models.TextField(db_column="NOTES", null=True, blank=True)

    class Meta:
        managed = False
        db_table = "accounts"

    def __str__(self) -> str:
        return self.accountname or self.acronym
