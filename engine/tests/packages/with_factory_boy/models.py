from django.conf import settings
from django.db import models

from ..models import Model


class Writer(Model):
    name = models.CharField(max_length=50)


class Book(Model):
    title = models.CharField(max_length=50)
    writer = models.ForeignKey(Writer, models.CASCADE, related_name="books")
    readers = models.ManyToManyField(Writer)


class Membership(models.Model):
    """A shared one."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
