from django.db import models

from ..models import Model
from ..site import ROUTER

if ROUTER == "tenant":
    from manydb.contrib.simple_history import HistoricalRecords
else:
    from simple_history.models import HistoricalRecords


class Bill(Model):
    text = models.CharField(max_length=50)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.text
