"""The addresses of the project; they are the same on every tenant's host."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
{%- if cookiecutter.legacy_models %}

from .views import home
{%- else %}
from manydb.pages import start
{%- endif %}

admin.site.site_header = admin.site.site_title = settings.PROJECT_NAME

urlpatterns = [
    path("", {{ "home" if cookiecutter.legacy_models else "start" }}, name="home"),
    path("admin/", admin.site.urls),
    path("manual/", include("manydb.core.manual")),  # in development only
    {%- if cookiecutter.router == "tenant" %}
    path("", include("manydb.tenants.urls")),  # stored files
    {%- endif %}
]
