"""The settings of the project's production, and one URL more."""

import os
from importlib import import_module

project = os.environ["LIVE_PROJECT"]
globals().update(vars(import_module(f"{project}.settings.production")))
ROOT_URLCONF = "live_urls"
