"""What packages keep in the process for all, such as the present ``Site``: each tenant's own here."""

from collections.abc import Iterator, MutableMapping
from typing import Any

from django.apps import apps

from manydb.core.routing import PER_TENANT, home_of
from manydb.patches import package_caches, url_resolvers
from manydb.tenants.context import current_identity

_TENANTS = 1000  # that a process keeps values for; those of others are found again


class OfEachTenant(MutableMapping[Any, Any]):
    """A mapping that is another one for each tenant, and for work without a tenant."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[Any, Any]] = {}

    def _own(self) -> dict[Any, Any]:
        identity = current_identity()
        own = self._kept.get(identity)
        if own is None:
            own = self._kept.setdefault(identity, {})
            while len(self._kept) > _TENANTS:
                self._kept.pop(next(iter(self._kept)), None)
        return own

    def __getitem__(self, key: Any) -> Any:
        return self._own()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._own()[key] = value

    def __delitem__(self, key: Any) -> None:
        del self._own()[key]

    def __contains__(self, key: object) -> bool:
        return key in self._own()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._own())

    def __len__(self) -> int:
        return len(self._own())

    def clear(self) -> None:
        """Forgets what is kept for every tenant."""
        self._kept.clear()


def install() -> None:
    """Separates what apps keep of models that are the tenants', and what addresses are made of them."""
    url_resolvers.keep_in(OfEachTenant)
    if apps.is_installed("django.contrib.sites"):
        from django.contrib.sites.models import Site

        if home_of(Site) == PER_TENANT:
            package_caches.keep_sites_in(OfEachTenant())
    if apps.is_installed("django.contrib.contenttypes"):
        from django.contrib.contenttypes.models import ContentType

        if home_of(ContentType) == PER_TENANT:
            package_caches.keep_content_types_in(OfEachTenant)
    if apps.is_installed("cms") and home_of(apps.get_model("cms.Page")) == PER_TENANT:
        from manydb.patches import cms_apphooks

        cms_apphooks.keep_in(OfEachTenant)
