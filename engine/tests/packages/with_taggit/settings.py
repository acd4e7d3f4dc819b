"""django-taggit, with the tags of tenants' rows in tenants' databases: custom models, as its documentation has them."""

from ..site import *
from ..site import of_tenants

INSTALLED_APPS = [*INSTALLED_APPS, "taggit", "engine.tests.packages.with_taggit"]
TENANT_APPS = of_tenants("with_taggit")
SHARED_APPS = ["taggit.TaggedItem"]  # the tags of shared rows
