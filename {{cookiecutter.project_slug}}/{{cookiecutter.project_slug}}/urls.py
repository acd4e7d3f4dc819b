"""The addresses of the project; they are the same on every tenant's host."""

from django.conf import settings
from django.contrib import admin
from django.urls import {{ "include, path" if cookiecutter.router == "tenant" else "path" }}

from .views import home

admin.site.site_header = admin.site.site_title = settings.PROJECT_NAME

urlpatterns = [
    path("", home, name="home"),
    path("admin/", admin.site.urls),
    {%- if cookiecutter.router == "tenant" %}
    path("", include("manydb.tenants.urls")),  # stored files
    {%- endif %}
]
