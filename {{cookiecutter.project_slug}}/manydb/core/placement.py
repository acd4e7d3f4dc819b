"""Where the settings say that models live which carry no mark: TENANT_APPS, SHARED_APPS and APP_DATABASES.

A model of a package has no line that an owner could write ``_DATABASE`` into. So the settings name its app, by
label or by module, or the model itself as ``app.Model``. What names the model goes before what names its app, and
that before ``"*"``.
"""

from collections.abc import Iterator
from functools import cache

from django.apps import AppConfig, apps
from django.core.signals import setting_changed
from django.db.models import Model
from django.dispatch import receiver

from manydb.core.conf import conf

PER_TENANT = "(one per tenant)"  # the home of a TenantModel; no alias can be spelled like this
DEFAULT = "default"
CATALOG = "catalog"
ALL = "*"


@cache
def shared_alias() -> str:
    """The database of what all tenants share: ``default``, or ``catalog`` if that is the active tenant's."""
    return CATALOG if conf.TENANT_DEFAULT else DEFAULT


@receiver(setting_changed)
def _forget(**kwargs: object) -> None:
    shared_alias.cache_clear()


def names_of(model: type[Model]) -> Iterator[set[str]]:
    """What a setting may call a model: the model itself, then its app."""
    yield {model._meta.label, model._meta.label_lower}
    label = model._meta.app_label
    yield {label, apps.app_configs[label].name} if label in apps.app_configs else {label}


def placed(model: type[Model]) -> str | None:
    """Where the settings say that a model lives, by its own name or that of its app; None if they name neither."""
    return _home_of_first(names_of(model))


def placed_app(config: AppConfig) -> str | None:
    """Where the settings say that an app lives which has no model: its migrations change rows of other apps."""
    home = _home_of_first(iter([{config.label, config.name}]))
    return home or (PER_TENANT if ALL in conf.TENANT_APPS and not is_engines(config) else None)


def _home_of_first(all_names: Iterator[set[str]]) -> str | None:
    for names in all_names:
        for name in names & conf.APP_DATABASES.keys():
            return conf.APP_DATABASES[name]
        if not names.isdisjoint(conf.SHARED_APPS):
            return shared_alias()
        if not names.isdisjoint(conf.TENANT_APPS):
            return PER_TENANT
    return None


def placed_with_all(model: type[Model]) -> str | None:
    """Where ``TENANT_APPS = ["*"]`` says that a model lives: in tenants' databases, but for the engine's own."""
    config = apps.app_configs.get(model._meta.app_label)
    return PER_TENANT if ALL in conf.TENANT_APPS and config and not is_engines(config) else None


def is_engines(config: AppConfig) -> bool:
    """Whether an app is one of this package."""
    return config.name.partition(".")[0] == __name__.partition(".")[0]
