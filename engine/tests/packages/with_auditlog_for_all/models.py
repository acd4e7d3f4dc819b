from auditlog.registry import auditlog
from django.db import models

from ..models import Model


class Label(Model):
    name = models.CharField(max_length=50)


class Bill(Model):
    text = models.CharField(max_length=50)
    labels = models.ManyToManyField(Label, blank=True)

    def __str__(self) -> str:
        return self.text


auditlog.register(Bill, m2m_fields={"labels"}, serialize_data=True)
