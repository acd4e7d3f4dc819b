"""The admin of legacy models: of any table or view, however large, whatever its key and its values.

Django's admin imports this for each project that has ``manydb.legacy``; what it hands on is imported by those that use it.
"""

from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib import admin

from manydb.core.later import later

if TYPE_CHECKING:
    from manydb.legacy.admin.model_admin import LegacyAdmin

__all__ = ["LegacyAdmin", "register_app"]


def register_app(label: str) -> None:
    """Puts all models of an app into the admin, except those that are there already."""
    from manydb.legacy.admin.model_admin import LegacyAdmin
    from manydb.patches.admin_models import PATCH, put_into_admin

    PATCH.verify()
    for model in apps.get_app_config(label).get_models():
        if not admin.site.is_registered(model):
            put_into_admin(admin.site, model, LegacyAdmin)


__getattr__ = later(__name__, {"LegacyAdmin": "manydb.legacy.admin.model_admin"})
