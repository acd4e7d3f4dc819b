from celery import Celery

app = Celery("with_celery_beat")
app.config_from_object("django.conf:settings", namespace="CELERY")
