"""Connections that lead to where the catalog says that the tenant is now."""

from typing import Any

from django.db import connections
from django.db.backends.base.base import NO_DB_ALIAS, BaseDatabaseWrapper

from manydb.tenants import catalog
from manydb.tenants.servers import is_elsewhere


class Following(BaseDatabaseWrapper):
    """The tenant may be moved to another server after the thread has made this object."""

    def get_connection_params(self) -> dict[str, Any]:
        self.follow()
        params: dict[str, Any] = super().get_connection_params()
        return params

    def has_moved(self) -> bool:
        """Whether the tenant is known to be elsewhere; asks no database."""
        record = catalog.peek(self.settings_dict["TENANT"])
        return record is not None and is_elsewhere(record, self.settings_dict)

    def follow(self) -> None:
        """Takes the settings of the place where the tenant is now."""
        if self.alias == NO_DB_ALIAS:
            return
        now = connections.settings.current(self.alias)  # type: ignore[attr-defined]
        if now is not None and now.get("PLACE") != self.settings_dict.get("PLACE"):
            past_the_pooler = "DIRECT" in now and self.settings_dict.get("DIRECT") is None
            self.settings_dict = (
                {**now, **now["DIRECT"], "DIRECT": None} if past_the_pooler else now
            )
