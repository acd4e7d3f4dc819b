from django.db import models

from ..models import Model


class Bill(Model):
    text = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.text
