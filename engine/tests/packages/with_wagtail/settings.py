"""Wagtail, as its page on existing projects has it."""

from django.utils.functional import lazy

from manydb.tenants import current_tenant

from ..site import *

INSTALLED_APPS = [
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    *INSTALLED_APPS,
    "engine.tests.packages.with_wagtail",
]
MIDDLEWARE = [*MIDDLEWARE, "wagtail.contrib.redirects.middleware.RedirectMiddleware"]
WAGTAIL_SITE_NAME = "A site"
WAGTAILADMIN_BASE_URL = "http://testserver"
WAGTAILDOCS_EXTENSIONS = ["pdf"]
ROOT_URLCONF = "engine.tests.packages.with_wagtail.urls"
if ROUTER == "tenant":  # pages need accounts and groups, and Wagtail names no database in atomic()
    INSTALLED_APPS.remove("manydb.tenants.membership")
    TENANT_APPS, TENANT_DEFAULT = ["*"], True
    WAGTAILADMIN_BASE_URL = lazy(lambda: f"http://{current_tenant() or 'www'}.testserver", str)()
else:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
MEDIA_URL = "/media/"
