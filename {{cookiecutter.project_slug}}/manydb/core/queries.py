"""Queries that know whose rows they are about, so that no other tenant's database answers them.

A query is made long before it runs: by then another tenant may be active, or it may have become part of
another query. ``TenantQuery`` therefore carries the tenant along and looks again whenever it is turned
into SQL, the outermost query and every subquery alike.
"""

from django.db.models import Model, sql

from manydb.core.exceptions import WrongTenant
from manydb.core.ownership import Owner, another, ownership
from manydb.patches.watched_queries import WatchedQuery, WatchedUpdateQuery


class TenantQuery(WatchedQuery):
    """A query about one tenant's rows, or about any tenant's until a part of it belongs to one."""

    tenant: Owner | None = None

    def take_in(self, part: Model | sql.Query) -> None:
        """Raises WrongTenant if this part of it is not of the tenant whose query it is."""
        owner = (
            ownership().of_object(part)
            if isinstance(part, Model)
            else getattr(part, "tenant", None)
        )
        if owner is None or owner == self.tenant:
            return
        if self.tenant is not None:
            name = f"This {part._meta.label}" if isinstance(part, Model) else "The other queryset"
            raise WrongTenant(
                f"{name} belongs to {another(owner, self.tenant)} and can't be part of a queryset of {self._label()} "
                f"that was built for {self.tenant!r}: each tenant has a database of its own."
            )
        self.tenant = owner

    def run_on(self, alias: str) -> None:
        """Raises WrongTenant if that database is another tenant's."""
        owner = ownership().of_alias(alias)
        if owner is not None and self.tenant not in (None, owner):
            raise WrongTenant(
                f"This queryset of {self._label()} was built for {another(self.tenant, owner)}, but {alias} is the "
                f"database of {owner!r}: build it again, or evaluate it where it was built."
            )

    def _label(self) -> str:
        return self.model._meta.label if self.model else "nothing"


class TenantUpdateQuery(TenantQuery, WatchedUpdateQuery):
    """The query of ``update()`` and ``save()``, whose values may be objects."""


TenantQuery.for_update = TenantUpdateQuery
