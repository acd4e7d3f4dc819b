"""Settings that development, production and testing share."""

from pathlib import Path

from environs import Env
{{- "\n" if cookiecutter.django_version == "6.1" or cookiecutter.router == "tenant" }}
{{- "\nfrom .content_security_policy import *" if cookiecutter.django_version == "6.1" }}
{{- "\nfrom .tenants import *" if cookiecutter.router == "tenant" }}

env = Env()

BASE_DIR = Path(__file__).resolve().parents[2]

PROJECT_NAME = {{ cookiecutter.project_name | python }}{{ "  # fmt: skip" if cookiecutter.project_name | python | length > 40 else "" }}

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
    {%- include "installed_apps/" ~ cookiecutter.router ~ ".py" %}
    "{{ cookiecutter.project_slug }}.users",
    {%- if cookiecutter.legacy_models %}
    "{{ cookiecutter.project_slug }}.accounts",
    "{{ cookiecutter.project_slug }}.conferences",
    {%- endif %}
]

# The order matters, and `check` holds it: manydb/docs/health.md.
MIDDLEWARE = [
    "manydb.core.probes.answer_probes",
    "manydb.core.request_log.log_requests",
    "django.middleware.security.SecurityMiddleware",{{ '\n    "django.middleware.csp.ContentSecurityPolicyMiddleware",' if cookiecutter.django_version == "6.1" }}
    {%- include "middleware/" ~ cookiecutter.router ~ ".py" %}
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

DATABASE_ROUTERS = ["{{ cookiecutter.project_slug }}.db_routers.{{ {"simple": "DBRouter", "replica": "ReplicaRouter", "tenant": "TenantRouter"}[cookiecutter.router] }}"]

ROOT_URLCONF = "{{ cookiecutter.project_slug }}.urls"
WSGI_APPLICATION = "{{ cookiecutter.project_slug }}.wsgi.application"
ASGI_APPLICATION = "{{ cookiecutter.project_slug }}.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "{{ cookiecutter.project_slug }}" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",{{ '\n                "django.template.context_processors.csp",' if cookiecutter.django_version == "6.1" }}
            ],
        },
    },
]

DEFAULT_EXCEPTION_REPORTER_FILTER = "manydb.core.debug.HidePasswords"

AUTH_USER_MODEL = "users.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# In the session: a cookie of messages could be set by a page on any host of the same domain.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "{{ cookiecutter.project_slug }}" / "locale"]

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
MEDIA_URL = "media/"
MEDIA_ROOT = str(BASE_DIR / "var" / "media")
