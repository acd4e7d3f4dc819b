"""Rows of each site, for packages that need no model of their own."""

from django.db import models

from ..models import Model


class Note(Model):
    text = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.text
