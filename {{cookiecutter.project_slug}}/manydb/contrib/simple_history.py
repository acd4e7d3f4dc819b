"""django-simple-history for tenants' models: each tenant's database keeps the history of its own rows.

    from manydb.contrib.simple_history import HistoricalRecords

    class Invoice(TenantModel):
        history = HistoricalRecords()

It takes what the package's own takes, with other defaults. Users live in another database, so the user who made a
change is kept by key, and ``history_user`` reads that user. If the keys of users are no whole numbers, give
``history_user_id_field=models.UUIDField(null=True)`` or its like.
"""

from typing import Any

from django.db import models
from simple_history.manager import HistoricalQuerySet as PackagesQuerySet
from simple_history.manager import HistoryManager as PackagesManager
from simple_history.models import HistoricalRecords as PackagesRecords

from manydb.models import TenantManager, TenantModel, TenantQuerySet


class HistoricalQuerySet(PackagesQuerySet, TenantQuerySet):
    """History of one tenant's rows."""


class HistoryManager(PackagesManager, TenantManager):
    """What ``Invoice.history`` and ``invoice.history`` give."""

    def get_queryset(self) -> Any:
        if self.instance is not None:
            self.refuse_related(self.instance)
        rows = super().get_queryset()
        if self.instance is not None:
            self.begin_relation(rows, self.instance)
        return rows


class HistoricalRecords(PackagesRecords):
    """History in the database of the row, for a ``TenantModel``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        defaults: dict[str, Any] = {
            "bases": (TenantModel,),
            "m2m_bases": (TenantModel,),
            "history_manager": HistoryManager,
            "historical_queryset": HistoricalQuerySet,
            "history_user_id_field": models.BigIntegerField(null=True, blank=True),
            "use_base_model_db": True,
        }
        super().__init__(*args, **(defaults | kwargs))
