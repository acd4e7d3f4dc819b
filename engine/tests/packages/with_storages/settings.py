"""django-storages, as the manual's page of static and stored files has it."""

import os

from ..site import *
from ..site import ROUTER

# Moto takes the place of S3: no key of anyone is used.
os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
}
S3 = "storages.backends.s3.S3Storage"
OPTIONS = {"bucket_name": "media", "querystring_auth": True, "file_overwrite": False}
OF_TENANTS = {
    "BACKEND": "manydb.tenants.storage.TenantStorage",
    "OPTIONS": {"backend": S3, **OPTIONS},
}
STORAGES = {
    "default": OF_TENANTS if ROUTER == "tenant" else {"BACKEND": S3, "OPTIONS": OPTIONS},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
