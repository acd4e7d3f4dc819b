"""django-constance with the values of each tenant."""

from ..site import of_tenants
from ..with_constance.settings import *

TENANT_APPS = of_tenants("constance")
