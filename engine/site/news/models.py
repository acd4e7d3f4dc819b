"""Shared models. They have a migration, for Django makes tables without one before those that they point to."""

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Announcement(models.Model):
    """No mark: it lives in ``default``."""

    text = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.text


class Quota(models.Model):
    """Lives in ``default`` and is never read from its replica."""

    _PREFER_READ_REPLICA = False

    used = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.used} used"


class Remark(models.Model):
    """On anything that lives in ``default``."""

    text = models.CharField(max_length=100)
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveIntegerField()
    subject = GenericForeignKey()

    def __str__(self) -> str:
        return self.text


class Topic(models.Model):
    name = models.CharField(max_length=100)
    remarks = GenericRelation(Remark)

    def __str__(self) -> str:
        return self.name
