from django.db import models
from manydb.models import TenantModel


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
