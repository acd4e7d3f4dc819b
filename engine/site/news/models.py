"""Shared models. They have no migrations: ``migrate`` makes their tables in test databases."""

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
