from celery import Celery

app = Celery("with_celery_results")
app.config_from_object("django.conf:settings", namespace="CELERY")
