"""The settings of the project's production, with another server for tenants and two pages."""

import os
from importlib import import_module

project = os.environ["LIVE_PROJECT"]
globals().update(vars(import_module(f"{project}.settings.production")))
ROOT_URLCONF = "frozen_urls"
EU = {"HOST": os.environ["EU_HOST"], "PORT": int(os.environ["EU_PORT"])}
TENANT_SERVERS = {"eu": EU | {"READER": EU}}
