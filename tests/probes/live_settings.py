"""The settings of the project's production, and some URLs more."""

import os
from importlib import import_module

project = os.environ["LIVE_PROJECT"]
globals().update(vars(import_module(f"{project}.settings.production")))
ROOT_URLCONF = "live_urls"

# Content types and groups, which every project has, stand here for models of its own.
PRIMARY_APPS = ["sessions"]
if threads := os.environ.get("SERVER_THREADS"):
    SERVER_THREADS = int(threads)
