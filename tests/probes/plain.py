"""Plain Django on one database, to compare with: a page that writes a row, and one that looks for it."""

import json
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

settings.configure(
    DATABASES=json.loads(os.environ["PLAIN_DATABASES"]),
    ROOT_URLCONF=__name__,
    SECRET_KEY="plain",
    ALLOWED_HOSTS=["*"],
    USE_TZ=True,
)
application = get_wsgi_application()

from django.db import connection, models  # noqa: E402  a model needs the settings


class Note(models.Model):
    class Meta:
        app_label = "plain"


def write(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"pk": Note.objects.create().pk})


def read(request: HttpRequest, pk: int) -> JsonResponse:
    return JsonResponse({"found": Note.objects.filter(pk=pk).exists()})


urlpatterns = [path("write/", write), path("read/<int:pk>/", read)]

if Note._meta.db_table not in connection.introspection.table_names():
    with connection.schema_editor() as editor:
        editor.create_model(Note)
connection.close()  # this thread answers no page
