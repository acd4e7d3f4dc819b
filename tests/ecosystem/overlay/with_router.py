"""What a project adds to its settings to take manydb in: the lines of manydb/docs/existing_project.md."""

import json
import os
from typing import Any

# In which ENGINE is ours: mysql, postgresql. Empty: SQLite in memory.
SERVER: dict[str, str] = json.loads(os.environ.get("ECOSYSTEM_SERVER", "{}"))
MEMORY = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
SIMPLE_STORAGE = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def change(settings: Any, router: str) -> None:
    """Makes every database one in memory or of the server and, unless the router is "none", adds manydb."""
    if getattr(settings, "ECOSYSTEM", None):
        return  # settings that call django.setup() themselves
    settings.ECOSYSTEM = router
    settings.DATABASES = {alias: moved(alias, entry) for alias, entry in settings.DATABASES.items()}
    if router != "none":
        ROUTERS[router](settings)


def enter(router: str) -> None:
    """With replicas, what tests read outside of requests comes from the replica, too, where it may."""
    if router == "replica":
        from manydb.replicas import use_replica

        use_replica().__enter__()


def moved(alias: str, entry: dict[str, Any]) -> dict[str, Any]:
    test = {key: value for key, value in entry.get("TEST", {}).items() if key != "NAME"}
    kept = {key: value for key, value in entry.items() if key in {"ATOMIC_REQUESTS", "TIME_ZONE"}}
    place: dict[str, Any] = MEMORY
    if SERVER:
        engine = f"django.db.backends.{SERVER['ENGINE']}"
        place = {**SERVER, "ENGINE": engine, "NAME": f"existing_{alias}"}
    return {**place, **kept, "TEST": test}


def simple(settings: Any) -> None:
    added(settings, "DBRouter", ["manydb", "manydb.fleet", "manydb.legacy"], [])


def replica(settings: Any) -> None:
    apps = ["manydb", "manydb.fleet", "manydb.replicas"]
    middleware = ["manydb.replicas.middleware.ReadYourWrites"]
    added(settings, "ReplicaRouter", apps, middleware, replicas={"default": {}})


def tenant(settings: Any, tenants: tuple[str, ...] = ("acme",)) -> None:
    apps = ["manydb", "manydb.fleet", "manydb.replicas", "manydb.tenants"]
    middleware = [
        "manydb.replicas.middleware.ReadYourWrites",
        "manydb.tenants.middleware.tenant_from_request",
    ]
    added(settings, "TenantRouter", apps, middleware, tenants=tenants)
    settings.TEST_TENANT = "acme"
    settings.BASE_DOMAIN = "localhost"
    # What a suite sets itself stays.
    if not settings.is_overridden("SESSION_ENGINE"):
        settings.SESSION_ENGINE = "manydb.tenants.sessions"
    key = {"KEY_FUNCTION": "manydb.tenants.cache_keys.tenant_key"}
    settings.CACHES = {alias: {**key, **cache} for alias, cache in settings.CACHES.items()}
    if not settings.is_overridden("STORAGES"):
        storages = {
            **SIMPLE_STORAGE,
            "default": {"BACKEND": "manydb.tenants.storage.TenantStorage"},
        }
        settings.STORAGES = storages


def placed(settings: Any) -> None:
    """All apps are the tenants', and so is what code of others means by ``default``."""
    tenant(settings, ("acme", "globex"))
    settings.TENANT_APPS = ["*"]
    settings.TENANT_DEFAULT = True


def second(settings: Any) -> None:
    placed(settings)
    settings.TEST_TENANT = "globex"


def added(
    settings: Any, router: str, apps: list[str], middleware: list[str], **databases: Any
) -> None:
    """The database ``default`` is this project's; others that a suite has are left alone."""
    import manydb

    others = {alias: entry for alias, entry in settings.DATABASES.items() if alias != "default"}
    own = {"default": settings.DATABASES["default"]}
    settings.DATABASES = manydb.databases(own, **databases)
    for alias, entry in others.items():
        settings.DATABASES[alias] = entry
    settings.DATABASE_ROUTERS = [*settings.DATABASE_ROUTERS, f"manydb.routers.{router}"]
    settings.INSTALLED_APPS = type(settings.INSTALLED_APPS)([*settings.INSTALLED_APPS, *apps])
    first = "django.middleware.security.SecurityMiddleware" in settings.MIDDLEWARE[:1]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:first], *middleware, *settings.MIDDLEWARE[first:]]
    if settings.TEST_RUNNER == "django.test.runner.DiscoverRunner":
        settings.TEST_RUNNER = "manydb.testing.Runner"


ROUTERS = {
    "simple": simple,
    "replica": replica,
    "tenant": tenant,
    "placed": placed,
    "second": second,
}
