"""The app of Celery: its worker finds the tasks once Django is set up."""

from celery import Celery

app = Celery("tenant_cases")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["tenant_cases"], related_name="celery_work")
