"""Development: debug pages, and databases that need nothing installed."""

from .base import *
from .base import BASE_DIR, env

env.read_env(BASE_DIR / ".env", recurse=False)

from .development_databases import DATABASES  # noqa: E402  it reads what .env has just set

DEBUG = True
SECRET_KEY = (
    env.str("SECRET_KEY", "") or "insecure: no SECRET_KEY in .env, good for nothing but development"
)

BASE_DOMAIN = env.str("BASE_DOMAIN", "localhost")
ALLOWED_HOSTS = [f".{BASE_DOMAIN}", "localhost", "127.0.0.1", "[::1]"]

{{ {
  "5.2": 'EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"',
  "6.1": 'MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}',
}[cookiecutter.django_version] }}
