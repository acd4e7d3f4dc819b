"""WhiteNoise, as production has it: compressed files with hashes in their names."""

import tempfile

from ..site import *

MIDDLEWARE = [MIDDLEWARE[0], "whitenoise.middleware.WhiteNoiseMiddleware", *MIDDLEWARE[1:]]
STATIC_ROOT = tempfile.mkdtemp(prefix="static-")
STORAGES = {
    **globals().get(
        "STORAGES", {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    ),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
