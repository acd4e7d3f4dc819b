"""Production: everything that differs between deployments comes from ``get_param``."""

from manydb.parameters import get_param

from .base import *
from .production_databases import DATABASES

DEBUG = False
SECRET_KEY = get_param("SECRET_KEY")

BASE_DOMAIN = get_param("BASE_DOMAIN")
ALLOWED_HOSTS = [f".{BASE_DOMAIN}"]
CSRF_TRUSTED_ORIGINS = [f"https://{BASE_DOMAIN}", f"https://*.{BASE_DOMAIN}"]

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
{%- if cookiecutter.router != "simple" %}

REPLICA_FALLBACK = get_param("REPLICA_FALLBACK", "true") != "false"
REPLICA_FALLBACK_PER_SECOND = int(get_param("REPLICA_FALLBACK_PER_SECOND", "200"))
REPLICA_MAX_LAG = float(get_param("REPLICA_MAX_LAG", "10"))
REPLICA_POSITIONS = get_param("REPLICA_POSITIONS", "true") != "false"
{%- endif %}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
