"""Finds, before a deployment, that pages would have no static files."""

from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.checks import CheckMessage, Tags

from manydb.core.findings import Warning
from manydb.core.late_checks import register


@register(Tags.staticfiles, deploy=True)
def check_collected(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W015: files have hashes in their names, and the list of these is not there."""
    storage = staticfiles_storage
    if not isinstance(storage, ManifestFilesMixin) or storage.read_manifest() is not None:
        return []
    return [
        Warning(
            f"{storage.manifest_name} is not in STATIC_ROOT ({settings.STATIC_ROOT}), so a page that names a "
            "static file fails.",
            hint="Run python manage.py collectstatic before the processes start.",
            id="manydb.W015",
        )
    ]
