"""Huey, as its documentation for Django has it."""

from ..site import *

INSTALLED_APPS = [*INSTALLED_APPS, "huey.contrib.djhuey", "engine.tests.packages.with_huey"]
HUEY = {"huey_class": "huey.MemoryHuey", "immediate": False}
if ROUTER == "tenant":
    INSTALLED_APPS.remove("manydb.tenants.membership")
    TENANT_APPS, TENANT_DEFAULT = ["*"], True
