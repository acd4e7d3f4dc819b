"""The settings of a project's development, with this app, a folder for workers' messages, and task backends."""

import os
from importlib import import_module
from pathlib import Path

project = os.environ["LIVE_PROJECT"]
globals().update(vars(import_module(f"{project}.settings.development")))

INSTALLED_APPS = [*INSTALLED_APPS, "tenant_cases", "django_tasks_db"]  # noqa: F821
ROOT_URLCONF = "tenant_cases.urls"
TENANT_CACHE_SECONDS = 1
_primary, _reader, _direct = os.environ["TENANT_CASES_SECRETS"].split()
TENANT_SERVERS = {
    "gone": {
        "HOST": "127.0.0.1",
        "PORT": 1,
        "PASSWORD": _primary,
        "READER": {"PASSWORD": _reader},
        "DIRECT": {"PASSWORD": _direct},
    }
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

MESSAGES = Path(os.environ["TENANT_CASES"])
MEDIA_ROOT = MESSAGES / "media"
CELERY_BROKER_URL = "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "data_folder_in": str(MESSAGES / "queue"),
    "data_folder_out": str(MESSAGES / "queue"),
    "control_folder": str(MESSAGES / "control"),
}
CELERY_RESULT_BACKEND = (MESSAGES / "results").as_uri()
CELERY_RESULT_EXTENDED = True
for _folder in ("queue", "control", "results", "media"):
    (MESSAGES / _folder).mkdir(parents=True, exist_ok=True)
