"""Settings that the three sites share.

Databases are SQLite in memory, or of the server that DATABASE_HOST and its like name, as in a
generated project's testing settings; DATABASE_ENGINE says which server that is.
"""

import os
from pathlib import Path

# The tests are a part of the project that this site is.
BASE_DIR = Path(__file__).resolve().parents[2]

PROJECT_NAME = "The engine's site"
DEBUG = False
SECRET_KEY = "for tests"
BASE_DOMAIN = "testserver"
ALLOWED_HOSTS = [f".{BASE_DOMAIN}"]

ENGINE = os.environ.get("DATABASE_ENGINE", "postgresql")
HOST = os.environ.get("DATABASE_DIRECT_HOST") or os.environ.get("DATABASE_HOST", "")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "manydb",
    "manydb.fleet",
    "manydb.legacy",
    "engine.site.users",
    "engine.site.news",
    "engine.site.notes",
    "engine.site.bookshelf",
    "engine.site.accounts",
    "engine.site.conferences",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "engine.site.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DEFAULT_EXCEPTION_REPORTER_FILTER = "manydb.core.debug.HidePasswords"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "users.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TEST_RUNNER = "manydb.testing.Runner"

TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
