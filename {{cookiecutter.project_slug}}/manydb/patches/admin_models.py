"""A model whose key is composite has pages in the admin.

``site.register()`` refuses such a model, as no form of Django's can edit it. The admin of legacy models shows
those rows and edits none, so it is put into the site's registry. Upstream ticket: 35953.
"""

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model

from manydb.patches import Patch, expect, uses


def put_into_admin(
    site: AdminSite, model: type[Model], model_admin: "type[ModelAdmin[Any]]"
) -> None:
    """Registers a model, whatever its key."""
    site._registry[model] = model_admin(model, site)


def _expects() -> None:
    registry = AdminSite("trial")._registry
    expect(registry == {}, "a site begins with an empty registry")
    uses(AdminSite.register, "_registry", "is_registered")
    uses(AdminSite.is_registered, "_registry")
    uses(AdminSite.get_urls, "_registry")


PATCH = Patch("admin_models", tried=("5.2", "6.1"), expects=_expects)
