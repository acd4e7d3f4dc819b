"""The site with all apps in tenants' databases, in which ``default`` is the active tenant's database."""

from .placed import *

TENANT_DEFAULT = True
