"""Well-known packages, each as its documentation sets it up, with two tenants and with replicas.

Each folder ``with_<package>`` is a small app with settings of its own, and runs once with TenantRouter and once with
ReplicaRouter: ``make test-packages``, or ``scripts/packages PYTHON [FOLDER …]`` with a Python that has the group
``ecosystem`` of the repository's pyproject.toml. The page packages.md of the manual has a row for each.
"""

ROUTERS = ("tenant", "replica")

# The folders that show what a row of the manual says, by the package's name on PyPI.
SHOWN_BY = {
    "Celery": ["celery"],
    "Channels": ["channels"],
    "Huey": ["huey"],
    "WhiteNoise": ["whitenoise"],
    "Wagtail": ["wagtail"],
    "djangorestframework": ["rest_framework"],
    "django-filter": ["rest_framework"],
    "django-allauth": ["allauth"],
    "django-auditlog": ["auditlog", "auditlog_for_all"],
    "django-axes": ["axes"],
    "django-celery-beat": ["celery_beat"],
    "django-celery-results": ["celery_results"],
    "django-cms": ["django_cms"],
    "django-constance": ["constance", "constance_of_tenants"],
    "django-debug-toolbar": ["debug_toolbar"],
    "django-extensions": ["django_extensions"],
    "django-guardian": ["guardian"],
    "django-import-export": ["import_export"],
    "django-mptt": ["mptt"],
    "django-prometheus": ["instruments"],
    "django-reversion": ["reversion", "reversion_for_all"],
    "django-silk": ["silk"],
    "django-simple-history": ["simple_history"],
    "django-storages": ["storages"],
    "django-taggit": ["taggit"],
    "django-treebeard": ["treebeard"],
    "django-waffle": ["waffle"],
    "factory_boy": ["factory_boy"],
    "opentelemetry-instrumentation-django": ["instruments", "tenants_in_traces"],
    "prometheus-client": ["prometheus_client"],
    "pytest-django": ["factory_boy"],
    "sentry-sdk": ["instruments", "tenants_in_traces"],
}
