"""The address of tenants' stored files: ``path("", include("manydb.tenants.urls"))``."""

from django.urls import path

from manydb.tenants.storage import media

urlpatterns = [path("media/<slug:tenant>/<path:name>", media, name="media")]
