"""Production's static files: compressed, named by their content, and served by WhiteNoise.

``collectstatic`` needs these settings and no parameter, so the image is built with them.
"""

from .base import *
from .base import MIDDLEWARE{{ ", STORAGES" if cookiecutter.router == "tenant" }}

# Before the tenant is looked for: a file is the same on every host.
_after = MIDDLEWARE.index("django.middleware.security.SecurityMiddleware") + 1
MIDDLEWARE = [
    *MIDDLEWARE[:_after],
    "whitenoise.middleware.WhiteNoiseMiddleware",
    *MIDDLEWARE[_after:],
]
STORAGES = {
    "default": {{ 'STORAGES["default"]' if cookiecutter.router == "tenant" else '{"BACKEND": "django.core.files.storage.FileSystemStorage"}' }},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
