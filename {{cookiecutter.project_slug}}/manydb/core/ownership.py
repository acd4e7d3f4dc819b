"""Whose an object, a query or a database is, as far as that is known: ``tenants`` registers its answers.

``TenantModel``, its manager and its querysets are here with every router and ask these questions. Without
tenants nothing has an owner, and nothing is refused for belonging to another.
"""

from typing import Any

from django.db.models import Model
from django.db.models.signals import pre_save
from django.dispatch import receiver

from manydb.core.routing import PER_TENANT, home_of
from manydb.core.rules import refuse_foreign_relations


class Ownership:
    """The answers without tenants."""

    def active(self) -> str | None:
        """The active tenant."""
        return None

    def of_alias(self, alias: str | None) -> str | None:
        """The tenant whose database this is."""
        return None

    def of_object(self, instance: Model) -> str | None:
        """The tenant whose object this is; None for a shared one, or a new one that was made without a tenant."""
        return None

    def refuse_object(self, instance: Model, alias: str | None = None) -> None:
        """Checks an object against the active tenant and, if it is given, the database it is to be used with.

        Raises:
            WrongTenant: it belongs to another tenant.
        """

    def refuse_row(self, instance: Model, alias: str) -> None:
        """Checks an object that is about to be written there, with the objects that it points to.

        Raises:
            ValueError: an object that it points to lives in another database.
            WrongTenant: it belongs to another tenant.
        """
        refuse_foreign_relations(instance, alias)


_ownership = Ownership()


def ownership() -> Ownership:
    """The one that was registered last."""
    return _ownership


def register(new: Ownership) -> None:
    """Called by ``tenants`` when its app is ready."""
    global _ownership
    _ownership = new


@receiver(pre_save)
def guard_row(sender: type[Model], instance: Model, using: str, **kwargs: Any) -> None:
    """Every way to save an object ends here, those of ``loaddata`` and of deserialized ones included."""
    if home_of(sender) == PER_TENANT:
        _ownership.refuse_row(instance, using)
