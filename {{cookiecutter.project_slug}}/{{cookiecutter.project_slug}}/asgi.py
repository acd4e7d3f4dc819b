"""The ASGI application of production, for uvicorn and its like."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault(
    "DJANGO_SETTINGS_MODULE",
    "{{ cookiecutter.project_slug }}.settings.production",
)
# Under ASGI each request may run in another thread, and a connection that is kept stays in its thread:
# Django says to disable persistent connections (ref/databases, "Persistent connections").
os.environ.setdefault("CONN_MAX_AGE", "0")

application = get_asgi_application()
