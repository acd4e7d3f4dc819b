"""django-extensions."""

from ..site import *

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "django_extensions",
    "engine.tests.packages.with_django_extensions",
]
