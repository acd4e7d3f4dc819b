"""django-celery-beat: schedules in ``default``, for a task that sends one for each tenant."""

from ..site import *
from ..site import in_files

INSTALLED_APPS = [*INSTALLED_APPS, "django_celery_beat", "engine.tests.packages.with_celery_beat"]
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.01}
CELERY_RESULT_BACKEND = "cache+memory://"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
DATABASES = in_files(DATABASES)
