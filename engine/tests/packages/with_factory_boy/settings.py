"""pytest-django with factory_boy: both need no settings."""

from ..site import *

INSTALLED_APPS = [*INSTALLED_APPS, "engine.tests.packages.with_factory_boy"]
