from auditlog.registry import auditlog
from django.db import models


class Bill(models.Model):
    text = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.text


auditlog.register(Bill)
