"""The admin of legacy models: of any table or view, however large, whatever its key and its values."""

from django.apps import apps
from django.contrib import admin

from manydb.legacy.admin.model_admin import LegacyAdmin
from manydb.patches.admin_models import PATCH, put_into_admin

__all__ = ["LegacyAdmin", "register_app"]


def register_app(label: str) -> None:
    """Puts all models of an app into the admin, except those that are there already."""
    PATCH.verify()
    for model in apps.get_app_config(label).get_models():
        if not admin.site.is_registered(model):
            put_into_admin(admin.site, model, LegacyAdmin)
