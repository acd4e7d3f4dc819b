"""Testing: nothing of ``.env``, no real password hashing, and databases that only tests know."""

from .base import *
from .base import INSTALLED_APPS{{ ", STORAGES" if cookiecutter.router == "tenant" }}
from .testing_databases import DATABASES

DEBUG = False
SECRET_KEY = "for tests"  # noqa: S105
BASE_DOMAIN = "testserver"
ALLOWED_HOSTS = [f".{BASE_DOMAIN}"]

INSTALLED_APPS = [*INSTALLED_APPS, "tests"]
TEST_RUNNER = "manydb.testing.Runner"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
{%- if cookiecutter.router == "tenant" %}

TENANTS_ALWAYS_READY = True
REPORT_TRANSACTIONS_ELSEWHERE = True
STORAGES = {
    **STORAGES,
    "default": {
        **STORAGES["default"],
        "OPTIONS": {"backend": "django.core.files.storage.InMemoryStorage"},
    },
}
{%- endif %}
