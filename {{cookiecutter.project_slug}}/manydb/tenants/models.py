"""The catalog: a row for each tenant in ``default``, where every process finds it."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from manydb.core.aliases import is_tenant_name
from manydb.core.conf import conf
from manydb.core.hosts import is_under_base_domain
from manydb.tenants.catalog_signals import Row, Rows

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def validate_name(name: str) -> None:
    """Refuses what can't be an alias and a host name.

    Raises:
        ValidationError: the name breaks a rule; the message says which names do not.
    """
    if not is_tenant_name(name):
        raise ValidationError(
            f"{name!r} can't name a tenant: use lower-case letters, digits and underscores, at most "
            "30, not ending in _ro, for example 'acme'."
        )


class Tenant(Row):
    """A tenant, where its database is, and whether it may be served.

    ``uuid`` is what a tenant keeps under a new name, and what a later tenant of its name does not have: all that
    belongs to a tenant goes by it. ``database`` is the name on the server. ``server`` is a key of ``settings.TENANT_SERVERS``, empty
    for the server of ``default``. ``other_database`` on ``other_server`` is where the tenant is being
    moved to or, afterwards, its previous database. ``adopted`` is the name of a database that was there before its
    tenant, and need not begin as the project's names do. ``account`` says which generation of its own account on the
    server is in use, and holds nothing secret. ``fingerprint`` names the set of migrations that the
    database has.

    While a command works on the tenant, ``command`` and ``phase`` say how far it is, so that it can go on
    after it was killed. ``source`` is the tenant that is cloned, ``run`` tells this run of the command from
    others, and the tenant gets the state ``state_before`` back. Otherwise the five are empty.
    """

    class State(models.TextChoices):
        CREATING = "creating"
        READY = "ready"
        SUSPENDED = "suspended"
        FAILED = "failed"
        MOVING = "moving"
        RESTORING = "restoring"
        DROPPING = "dropping"

    class Command(models.TextChoices):
        CREATE = "create"
        CLONE = "clone"
        RESTORE = "restore"
        REPLACE = "replace"  # restore_tenant --replace
        MOVE = "move"
        MOVE_BACK = "move_back"
        DROP = "drop"
        MIGRATE = "migrate"
        ADOPT = "adopt"
        ADOPT_BACK = "adopt_back"

    class Phase(models.TextChoices):
        STARTED = "started"
        COPYING = "copying"
        WHOLE = "whole"  # the new database is complete, and this tenant's

    name: models.CharField[str, str] = models.CharField(
        max_length=30, unique=True, validators=[validate_name]
    )
    uuid: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False
    )
    database: models.CharField[str, str] = models.CharField(max_length=63)
    server: models.CharField[str, str] = models.CharField(max_length=50, blank=True)
    state: models.CharField[str, str] = models.CharField(
        max_length=20, choices=State.choices, default=State.CREATING
    )
    command: models.CharField[str, str] = models.CharField(
        max_length=20, choices=Command.choices, blank=True
    )
    phase: models.CharField[str, str] = models.CharField(
        max_length=20, choices=Phase.choices, blank=True
    )
    source: models.CharField[str, str] = models.CharField(max_length=30, blank=True)
    run: models.CharField[str, str] = models.CharField(max_length=8, blank=True)
    state_before: models.CharField[str, str] = models.CharField(
        max_length=20, choices=State.choices, blank=True
    )
    error: models.TextField[str, str] = models.TextField(blank=True)
    other_database: models.CharField[str, str] = models.CharField(max_length=63, blank=True)
    other_server: models.CharField[str, str] = models.CharField(max_length=50, blank=True)
    adopted: models.CharField[str, str] = models.CharField(max_length=63, blank=True)
    account: models.CharField[str, str] = models.CharField(max_length=20, blank=True)
    fingerprint: models.CharField[str, str] = models.CharField(max_length=64, blank=True)
    migrated_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        blank=True, null=True
    )
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Tenant]] = Rows.as_manager()
    hostnames: Any  # the manager that Hostname.tenant adds

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["server", "database"], name="one_tenant_per_database")
        ]
        # A page of the admin's list by state. The constraint has the index of those by server.
        indexes = [models.Index(fields=["state", "name"], name="tenants_by_state")]

    def __str__(self) -> str:
        return self.name


class Hostname(Row):
    """A host name of a tenant's own, such as ``shop.example.com``; a subdomain needs no row."""

    host: models.CharField[str, str] = models.CharField(max_length=253, unique=True)
    tenant: models.ForeignKey[Tenant, Tenant] = models.ForeignKey(
        Tenant, models.CASCADE, related_name="hostnames"
    )

    objects: ClassVar[models.Manager[Hostname]] = Rows.as_manager()

    def __str__(self) -> str:
        return self.host

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.host = self.host.lower()  # as browsers and resolvers compare them
        super().save(*args, **kwargs)

    def clean(self) -> None:
        if not _HOST.fullmatch(self.host.lower()) or is_under_base_domain(self.host):
            raise ValidationError(
                {
                    "host": f"{self.host!r} can't be a host name of its own: give one such as "
                    f"shop.example.com, without a port and not under {conf.BASE_DOMAIN}."
                }
            )


class Tombstone(Row):
    """A tenant that has lost its name, because it was dropped or renamed.

    Processes may remember it for as long as their caches do: the next tenant of the name waits for that. And it
    says whose dump it is that gets its identity back.
    """

    name: models.CharField[str, str] = models.CharField(max_length=30, db_index=True)
    uuid: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField()
    made_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Tombstone]] = Rows.as_manager()

    class Meta:
        ordering = ["-pk"]  # the last one first

    def __str__(self) -> str:
        return f"{self.name}, until {self.made_at}"
