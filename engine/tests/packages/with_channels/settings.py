"""Channels, as the page on tenants' work has it."""

from ..site import *
from ..site import ROUTER, in_files

INSTALLED_APPS = ["daphne", *INSTALLED_APPS, "channels", "engine.tests.packages.with_channels"]
ASGI_APPLICATION = "engine.tests.packages.with_channels.asgi.application"
LAYER = "channels.layers.InMemoryChannelLayer"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "manydb.tenants.channel_layers.TenantLayer",
        "CONFIG": {"backend": LAYER},
    }
    if ROUTER == "tenant"
    else {"BACKEND": LAYER}
}
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]
DATABASES = in_files(DATABASES)
