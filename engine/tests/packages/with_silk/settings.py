"""django-silk, in front of all other middleware: what it writes is no write of the client's."""

from ..site import *
from ..site import in_files

INSTALLED_APPS = [*INSTALLED_APPS, "silk"]
MIDDLEWARE = ["silk.middleware.SilkyMiddleware", *MIDDLEWARE]
ROOT_URLCONF = "engine.tests.packages.with_silk.urls"
SILKY_PYTHON_PROFILER = False
DATABASES = in_files(DATABASES)
