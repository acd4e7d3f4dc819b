"""Celery, as its documentation for Django has it."""

from ..site import *
from ..site import in_files

INSTALLED_APPS = [*INSTALLED_APPS, "engine.tests.packages.with_celery"]
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.01}
CELERY_RESULT_BACKEND = "cache+memory://"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
ROOT_URLCONF = "engine.tests.packages.with_celery.urls"
DATABASES = in_files(DATABASES)
