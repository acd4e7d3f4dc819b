"""Where ``sites`` and ``contenttypes`` keep objects for the whole process.

``Site.objects.get_current()`` keeps sites by their key in a dict of the module, and ``ContentType.objects`` keeps
content types by alias in a dict of the manager. Rows of two tenants have the same key, and an alias may be another
tenant's later. No setting names another place. No ticket known.
"""

from collections.abc import Callable, MutableMapping
from typing import Any

from manydb.patches import Patch, has, uses

Kept = MutableMapping[Any, Any]


def keep_sites_in(kept: Kept) -> None:
    """Has ``Site.objects.get_current()`` keep sites there."""
    from django.contrib.sites import models

    PATCH.verify()

    def clear_cache(self: Any) -> None:
        kept.clear()  # Django's own would put another dict there

    models.SITE_CACHE = kept
    models.SiteManager.clear_cache = clear_cache  # type: ignore[method-assign]


def keep_content_types_in(make: Callable[[], Kept]) -> None:
    """Has the managers of content types keep them there."""
    from django.contrib.contenttypes.models import ContentType

    PATCH.verify()
    managers: list[Any] = [*ContentType._meta.local_managers, *ContentType._meta.managers]
    for manager in managers:
        manager._cache = make()


def _expects() -> None:
    from django.apps import apps

    if apps.is_installed("django.contrib.sites"):
        from django.contrib.sites import models

        has(models, "SITE_CACHE")
        for name in ("_get_site_by_id", "_get_site_by_request"):
            uses(getattr(models.SiteManager, name), "SITE_CACHE")
        uses(models.clear_site_cache, "SITE_CACHE")
        has(models.SiteManager, "clear_cache")
    if apps.is_installed("django.contrib.contenttypes"):
        from django.contrib.contenttypes.models import ContentTypeManager

        has(ContentTypeManager(), "_cache")
        for name in ("_get_from_cache", "_add_to_cache", "clear_cache", "get_for_id"):
            uses(getattr(ContentTypeManager, name), "_cache")


PATCH = Patch("package_caches", tried=("5.2", "6.1"), expects=_expects)
