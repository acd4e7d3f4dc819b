from django.db import models
from django.utils import timezone
from manydb.models import TenantModel

from .conference import Conference


class Registration(TenantModel):
    """Somebody's place at a conference: the one table here that this project owns and migrates."""

    # No constraint in the database: the legacy table may be MyISAM or of another character set,
    # where none can be made, and a table of ours must not stop or lock the system that owns it.
    # PROTECT holds where a conference is deleted through Django.
    conference = models.ForeignKey(
        Conference,
        models.PROTECT,
        db_constraint=False,
        db_index=False,  # the unique constraint's index begins with it
        related_name="registrations",
    )
    email = models.EmailField(
        help_text="Lower case: not every engine compares addresses without case."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        # For registrations since a moment, latest first: queries.with_recent_registrations().
        indexes = [models.Index(fields=["-created_at"], name="registration_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["conference", "email"], name="one_registration_per_email"
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} at {self.conference_id}"
