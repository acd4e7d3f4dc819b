"""Names packages that put tenants' rows, or what is about their users, where all tenants meet.

What can be seen at models is found there (``core.relation_checks``, ``manager_checks``). These packages keep it in
columns of text, in an index or in a count, so that they are known by their name only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage

from manydb.core.conf import conf
from manydb.core.findings import Warning
from manydb.core.late_checks import register
from manydb.core.placement import ALL
from manydb.core.routing import PER_TENANT, home_of
from manydb.tenants.cache_keys import shared_key

SHARED_KEY = f"{shared_key.__module__}.{shared_key.__name__}"


@dataclass(frozen=True, slots=True)
class Package:
    """A package by the module of its app. ``is_adapted`` says whether the project has done what ``way_out`` says.

    What is not ``in_tables`` stays in one place for all, wherever the package's tables are. What is ``of_all`` is read by
    a process that has no tenant, so its tables must not be the tenants'.
    """

    name: str
    module: str
    what: str
    way_out: str
    is_adapted: Callable[[], bool] = lambda: False
    in_tables: bool = True
    of_all: bool = False


def _counts_in_the_cache() -> bool:
    # Whose keys hold the tenant: manydb.W203.
    return str(getattr(settings, "AXES_HANDLER", "")).endswith("AxesCacheHandler")


def _keeps_values_in_a_table() -> bool:
    return ".database." in str(getattr(settings, "CONSTANCE_BACKEND", ""))


def _has_a_site_for_each() -> bool:
    of_tenants = [model._meta.label for model in apps.get_models() if home_of(model) == PER_TENANT]
    return not of_tenants or "sites.Site" in of_tenants


def _keeps_flags_for_all() -> bool:
    cache = settings.CACHES.get(getattr(settings, "WAFFLE_CACHE_NAME", "default"), {})
    return cache.get("KEY_FUNCTION") in (SHARED_KEY, shared_key)


PACKAGES = (
    Package(
        "django.contrib.sites",
        "django.contrib.sites",
        "has one current site for all tenants, whose domain is in mails and links",
        'Add "sites" to TENANT_APPS',
        _has_a_site_for_each,
    ),
    Package(
        "django-constance",
        "constance",
        "keeps its values in one place for all tenants",
        'Use CONSTANCE_BACKEND = "constance.backends.database.DatabaseBackend", and add "constance" to TENANT_APPS',
        _keeps_values_in_a_table,
        in_tables=False,
    ),
    Package(
        "django-dbtemplates",
        "dbtemplates",
        "gives its templates to Django's cached loader, which keeps one of each name for all tenants",
        "Leave django.template.loaders.cached.Loader out of TEMPLATES",
        in_tables=False,
    ),
    Package(
        "django-axes",
        "axes",
        "counts wrong passwords of all tenants together: who is locked out of one is locked out of all",
        'Set AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"',
        _counts_in_the_cache,
    ),
    Package(
        "django-waffle",
        "waffle",
        "keeps shared flags in a cache of each tenant: what is changed at one is old for the others",
        f'Let WAFFLE_CACHE_NAME name a cache whose KEY_FUNCTION is "{SHARED_KEY}"',
        _keeps_flags_for_all,
    ),
    Package(
        "django-easy-audit",
        "easyaudit",
        "copies rows of all tenants into one table, by model and key",
        "Use django-auditlog, which manydb adapts",
    ),
    Package(
        "django-haystack",
        "haystack",
        "names rows in its index by model and key, which another tenant's row may have, too",
        "Give each tenant an index of its own",
        in_tables=False,
    ),
    Package(
        "django-elasticsearch-dsl",
        "django_elasticsearch_dsl",
        "names rows in its index by key, which another tenant's row may have, too",
        "Give each tenant an index of its own",
        in_tables=False,
    ),
    Package(
        "django-rosetta",
        "rosetta",
        "writes translations into files, which all tenants see",
        "Let one tenant's staff alone use it",
        in_tables=False,
    ),
    Package(
        "django CMS",
        "cms",
        "has the pages, menus and apphooks of one database for all tenants",
        'Add "*" to TENANT_APPS',
    ),
    *(
        Package(
            name,
            module,
            f"is read by {reader}, for which no tenant is active",
            f'Add "{module}" to SHARED_APPS, and let what it starts call for_every_tenant()',
            of_all=True,
        )
        for name, module, reader in (
            ("django-celery-beat", "django_celery_beat", "celery beat"),
            ("django-apscheduler", "django_apscheduler", "its scheduler"),
            ("django-background-tasks", "background_task", "its worker"),
            ("django-q", "django_q", "its cluster"),
        )
    ),
    *(
        Package(
            name,
            module,
            "works on a task without the tenant who sent it",
            "Give each task the name of its tenant, and let it enter tenant_context(name)",
            is_adapted,
            in_tables=False,
        )
        for name, module, is_adapted in (
            ("Huey", "huey.contrib.djhuey", lambda: conf.TENANT_DEFAULT),
            ("django-rq", "django_rq", lambda: False),
            ("django-dramatiq", "django_dramatiq", lambda: False),
        )
    ),
    Package(
        "django-watson",
        "watson",
        "copies texts of all tenants into one table, by model and key",
        "Search in the models themselves",
    ),
)


@register()
def check_packages(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W208: a package lets tenants meet, and the project has not said that this is meant."""
    installed = {config.name: config for config in apps.get_app_configs()}
    return [
        Warning(
            f"{package.name} {package.what}.",
            hint=f"{package.way_out}. If it is meant for all tenants together, add "
            f'"{installed[package.module].label}" to SHARED_APPS.',
            id="manydb.W208",
        )
        for package in PACKAGES
        if package.module in installed
        and not package.is_adapted()
        and not _is_right(package, installed[package.module])
    ]


def _is_right(package: Package, config: AppConfig) -> bool:
    """Whether a setting says where the app lives, and that is where it should keep things."""
    own = {config.label, config.name}
    if not own.isdisjoint(conf.SHARED_APPS):
        return True
    if package.of_all:
        return own.isdisjoint(conf.TENANT_APPS) and ALL not in conf.TENANT_APPS
    return package.in_tables and (ALL in conf.TENANT_APPS or not own.isdisjoint(conf.TENANT_APPS))
