"""django-celery-results: results of all tenants' tasks, in ``default``."""

from ..site import *
from ..site import in_files

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "django_celery_results",
    "engine.tests.packages.with_celery_results",
]
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = True
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.01}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
DATABASES = in_files(DATABASES)
