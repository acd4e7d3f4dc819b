"""Production: everything that differs between deployments comes from ``get_param``."""

from manydb.parameters import get_param

from .production_databases import DATABASES
from .static_files import *
from .static_files import MEDIA_ROOT

DEBUG = False
SECRET_KEY = get_param("SECRET_KEY")
SECRET_KEY_FALLBACKS = list(filter(None, get_param("SECRET_KEY_FALLBACKS", "").split(",")))
{%- if cookiecutter.parameter_store != "environment" %}
PARAMETER_SECONDS = float(get_param("PARAMETER_SECONDS", "300"))
{%- endif %}

BASE_DOMAIN = get_param("BASE_DOMAIN")
ALLOWED_HOSTS = [f".{BASE_DOMAIN}"]
# No CSRF_TRUSTED_ORIGINS: a form is accepted from its own host only. With "https://*." in it, a page of one
# subdomain could post to every other.

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
# For so long a browser refuses http. A minute to begin with; 31536000, a year, when every host has served TLS for
# a while. Only then do the preload lists of browsers take the domain.
SECURE_HSTS_SECONDS = int(get_param("SECURE_HSTS_SECONDS", "60"))
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
# A browser takes a cookie named __Host-… from its own host only, never from a page of another subdomain.
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
LANGUAGE_COOKIE_NAME = "__Host-language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True

MONITORING_TOKEN = get_param("MONITORING_TOKEN", "")
DRAIN_SECONDS = float(get_param("DRAIN_SECONDS", "0"))

MEDIA_ROOT = get_param("MEDIA_ROOT", MEDIA_ROOT)

DEFAULT_FROM_EMAIL = SERVER_EMAIL = get_param("DEFAULT_FROM_EMAIL", f"noreply@{BASE_DOMAIN}")
{%- include "mail/" ~ cookiecutter.django_version ~ ".py" %}
{%- if cookiecutter.router != "simple" %}

REPLICA_FALLBACK = get_param("REPLICA_FALLBACK", "true") != "false"
REPLICA_FALLBACK_PER_SECOND = int(get_param("REPLICA_FALLBACK_PER_SECOND", "200"))
REPLICA_MAX_LAG = float(get_param("REPLICA_MAX_LAG", "10"))
REPLICA_POSITIONS = get_param("REPLICA_POSITIONS", "true") != "false"
{%- endif %}

LOG_FORMAT = get_param("LOG_FORMAT", "text")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "manydb.core.log_lines.Lines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
