"""The generated project's own settings on a server, DEBUG off, with connections that are kept like the peers'."""

import os
from importlib import import_module

_development = import_module(os.environ["PROJECT_SETTINGS"])
globals().update(
    {name: getattr(_development, name) for name in filter(str.isupper, dir(_development))}
)
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "benchmarks.inside.cases.urls"
SECRET_KEY = "x" * 50
INSTALLED_APPS = [*_development.INSTALLED_APPS, "benchmarks.inside.cases"]
DATABASES = _development.DATABASES
_kept = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
for _entry in dict.values(DATABASES):
    _entry.update(_kept)
_connect = DATABASES.connect
DATABASES.connect = lambda *args, **kwargs: (found := _connect(*args, **kwargs)) and found | _kept
if os.environ["KIND"] == "placed":
    TENANT_APPS = ["benchmarks.inside.cases"]
