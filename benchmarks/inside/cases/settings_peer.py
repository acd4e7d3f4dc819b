"""A project as ``startproject`` makes it, with the peer that KIND names; ``plain`` has none."""

import os

KIND = os.environ["KIND"]
ENGINE = os.environ["DATABASE_ENGINE"]
SECRET_KEY = "x" * 50
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "benchmarks.inside.cases.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "benchmarks.inside.cases",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]


def entry(name, port=None):
    return {
        "ENGINE": f"django.db.backends.{ENGINE}",
        "NAME": f"bench_{name}",
        "HOST": os.environ["DATABASE_HOST"],
        "PORT": port or os.environ["DATABASE_PORT"],
        "USER": os.environ["DATABASE_USER"],
        "PASSWORD": os.environ["DATABASE_PASSWORD"],
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {},
    }


DATABASES = {"default": entry(KIND)}
if KIND == "getattr":
    DATABASE_ROUTERS = ["benchmarks.inside.cases.getattr_router.Getattr"]
elif KIND == "naive":
    _names = os.environ["BENCH_TENANTS"].split(",")
    DATABASES |= {name.upper(): entry(f"{KIND}_{name}") for name in _names}
    DATABASE_ROUTERS = ["benchmarks.inside.cases.naive.Naive"]
    MIDDLEWARE.insert(1, "benchmarks.inside.cases.naive.tenant_of_host")
elif KIND == "multidb":
    DATABASES["replica"] = entry(KIND, os.environ["DATABASE_READER_PORT"])
    REPLICA_DATABASES = ["replica"]
    DATABASE_ROUTERS = ["multidb.PinningReplicaRouter"]
    MIDDLEWARE = ["multidb.middleware.PinningRouterMiddleware", *MIDDLEWARE]
elif KIND == "djt":
    DATABASES["default"]["ENGINE"] = "django_tenants.postgresql_backend"
    DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
    MIDDLEWARE = ["django_tenants.middleware.main.TenantMainMiddleware", *MIDDLEWARE]
    SHARED_APPS = ["django_tenants", "benchmarks.peers.customers", *INSTALLED_APPS[:-1]]
    TENANT_APPS = INSTALLED_APPS[-1:]
    INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]
    TENANT_MODEL, TENANT_DOMAIN_MODEL = "customers.Customer", "customers.Domain"
elif KIND == "isolated":
    INSTALLED_APPS = [*INSTALLED_APPS, "django_isolated_tenants"]
    MIDDLEWARE.insert(1, "django_isolated_tenants.middleware.TenantMiddleware")
    DATABASE_ROUTERS = ["django_isolated_tenants.router.TenantRouter"]
    ISOLATED_TENANTS = {"PROVIDER": "benchmarks.inside.cases.peers.provider"}
