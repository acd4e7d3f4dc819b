"""django-debug-toolbar, as its installation page has it."""

from ..site import *

DEBUG = True
INSTALLED_APPS = [*INSTALLED_APPS, "debug_toolbar"]
MIDDLEWARE = ["debug_toolbar.middleware.DebugToolbarMiddleware", *MIDDLEWARE]
ROOT_URLCONF = "engine.tests.packages.with_debug_toolbar.urls"
DEBUG_TOOLBAR_CONFIG = {
    "IS_RUNNING_TESTS": False,
    "SHOW_TOOLBAR_CALLBACK": "engine.tests.packages.with_debug_toolbar.urls.always",
}
