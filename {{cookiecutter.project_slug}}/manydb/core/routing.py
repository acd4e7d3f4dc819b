"""Where a model lives: what every router and check goes by."""

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.models import Model

from manydb.core.exceptions import DatabaseRequired, UnknownDatabase
from manydb.core.migrating import advice, migrated_alias
from manydb.core.placement import DEFAULT, placed, placed_app, placed_with_all, shared_alias
from manydb.core.placement import PER_TENANT as PER_TENANT
from manydb.patches.historical_models import is_historical
from manydb.patches.object_state import where_last_used

# A real model's home never changes while the process lives, and routers ask for every query.
homes: dict[type[Model], str] = {}
pinned: dict[type[Model], str] = {}  # the primaries of models that live in one database


def facts(alias: str) -> dict[str, Any]:
    """What ``aliases.build`` noted about an alias; empty when the project does not know it."""
    try:
        settings: dict[str, Any] = connections.settings[alias]
    except KeyError:
        return {}
    return settings if settings.get("ROLE") else {}


def prefix() -> str:
    """What the names of the project's databases begin with; "" if ``DATABASES`` is a plain dict."""
    return getattr(connections.settings, "prefix", "")


def primary_of(alias: str) -> str:
    """The alias that takes the writes of this alias's database."""
    known = facts(alias)
    return known.get("REPLICA_OF") or known.get("STANDS_FOR") or alias


def known_primary(alias: str) -> str | None:
    """The alias that takes the writes of this alias's database; None if the project does not know it."""
    known = facts(alias)
    return known.get("REPLICA_OF") or known.get("STANDS_FOR") or alias if known else None


def real_alias(alias: str) -> str:
    """The alias of the active tenant's primary for ``default``, if the settings give that to tenants; else itself."""
    return facts(alias).get("STANDS_FOR") or alias if alias == DEFAULT else alias


def listed() -> list[str]:
    """The aliases of this project that the settings name: no tenants of a catalog, open or not."""
    return [alias for alias in dict.keys(connections.settings) if facts(alias)]


def primaries() -> list[str]:
    """The aliases of this project that take writes, in the order of ``DATABASES``."""
    return [alias for alias in connections if facts(alias) and primary_of(alias) == alias]


def is_made_here(alias: str) -> bool:
    """Whether this project creates the database and fills it: not one that it adopted, or only reads."""
    known = facts(alias)
    return not (known.get("ADOPTED") or known.get("READ_ONLY"))


def alias_of_tenant(name: str) -> str:
    """The alias of a tenant's primary.

    Raises:
        UnknownDatabase: there is no such tenant.
    """
    alias = name.upper()
    if facts(alias).get("TENANT") != name:
        raise UnknownDatabase(
            f"There is no tenant {name!r}, in TENANTS or in a catalog. Name one that exists."
        )
    return alias


def home_of(model: type[Model]) -> str:
    """The alias a model is pinned to, ``"default"``, or ``PER_TENANT``."""
    home = homes.get(model)
    if home is None:
        real = _real(model)
        if real is None:
            return _home_of_deleted(model)
        # An auto-created many-to-many table lives with the model that declares the field.
        # What is no model, such as the table of Django's database cache, has less in its _meta than a model.
        owner = getattr(real._meta, "auto_created", None) or real
        home = getattr(owner, "_DATABASE", None) or _settled(owner) or shared_alias()
        if home == DEFAULT:
            home = shared_alias()
        # Caches make a class in each thread, and what is made for a while has a registry of its own.
        if model is real and is_model(model) and model._meta.apps is apps:
            homes[model] = home
    return home


def _settled(model: type[Model]) -> str | None:
    """Where the settings place a model. A proxy has no table of its own, and a child is one with its parent's row."""
    if not is_model(model) or getattr(model._meta, "apps", None) is not apps:
        return None
    if model._meta.proxy:
        return home_of(model._meta.concrete_model or model)
    parents = (home_of(parent) for parent in model._meta.parents)
    return placed(model) or next(
        (h for h in parents if h != shared_alias()), placed_with_all(model)
    )


def is_model(thing: object) -> bool:
    """Whether it is a model's class, and no stand-in for one."""
    return isinstance(thing, type) and issubclass(thing, Model)


def homes_of_app(app_label: str) -> set[str]:
    """Where an app's models live; if it has none, where the settings place it, or where all that is shared lives."""
    try:
        config = apps.get_app_config(app_label)
    except LookupError:
        return {shared_alias()}
    models = list(config.get_models())
    with_tables = [model for model in models if not model._meta.proxy]
    homes = {home_of(model) for model in with_tables or models}
    return homes or {placed_app(config) or shared_alias()}


def home_of_app(app_label: str) -> str:
    """Where an app's models live; where all that is shared lives if they don't agree."""
    homes = homes_of_app(app_label)
    return homes.pop() if len(homes) == 1 else shared_alias()


def _home_of_deleted(model: type[Model]) -> str:
    """The home of a migration's model that is gone: that of its app or else of the models that it points to."""
    homes = homes_of_app(model._meta.app_label)
    if len(homes) > 1:
        reals = [_target_of(field) for field in model._meta.local_fields if field.is_relation]
        homes = {home_of(real) for real in reals if real is not None}
    return homes.pop() if len(homes) == 1 else shared_alias()


def _target_of(field: Any) -> type[Model] | None:
    related = field.related_model
    if isinstance(related, str):  # "app.model", as migrations write it
        return model_now(*related.split(".")) if "." in related else None
    return _real(related)


def _real(model: type[Model]) -> type[Model] | None:
    """A migration's historical model carries no ``_DATABASE`` and no bases: look up the model it stands for."""
    if not is_historical(model):
        return model
    return model_now(model._meta.app_label, model._meta.object_name or "")


def model_now(app_label: str, name: str) -> type[Model] | None:
    """The model that had this name when a migration was written; None if it was deleted since."""
    try:
        return apps.get_model(app_label, name)
    except LookupError:
        from manydb.core.disk_migrations import present_name

    try:
        return apps.get_model(app_label, present_name(app_label, name))
    except LookupError:
        return None


def origin(model: type[Model], instance: object) -> str | None:
    """The alias an object came from, if objects of ``model`` live where it lives.

    Django asks routers to consult ``instance`` before any fixed alias (topics/db/multi-db, "Hints"):
    a router that does not writes one tenant's object into another tenant's database.
    """
    if not (alias := where_last_used(instance)):
        return None
    home = home_of(model)
    # Not type(): request.user is a SimpleLazyObject, whose __class__ is that of the user.
    kind: Any = instance.__class__
    if kind is not model and (not is_model(kind) or home_of(kind) != home):
        return None  # a related object of another database says nothing about this one
    if home == PER_TENANT and facts(alias).get("ROLE") == "shared":
        return None
    return alias


def primary_for(model: type[Model], instance: object = None) -> str | None:
    """The primary of an object or, without one, of its model: what ``db_for_write`` of most routers returns.

    None, which leaves it to Django, where this project has no say: for an object of an alias that it does not
    know, and for anything that is no model.

    Raises:
        DatabaseRequired: the model lives in tenants' databases, and no object says in which.
        UnknownDatabase: ``_DATABASE`` names an alias that ``DATABASES`` does not have.
    """
    try:
        primary = pinned.get(model)
    except TypeError:  # an object that has no hash
        return None
    if instance is None and primary is not None:
        return primary
    if primary is None and not _stands_for_a_table(model):
        return None
    if instance is not None and (alias := origin(model, instance)):
        return known_primary(alias)
    return primary or _pinned(model)


def lives_in_tenants(model: type[Model]) -> bool:
    """Whether each tenant's database has a table of this model. Made for routers, which ask for every query."""
    try:
        home = homes.get(model)
    except TypeError:  # an object that has no hash
        return False
    if home is None and _stands_for_a_table(model):
        home = home_of(model)
    return home == PER_TENANT


def _stands_for_a_table(model: object) -> bool:
    return isinstance(model, type) and hasattr(model, "_meta")


def _pinned(model: type[Model]) -> str:
    if home_of(model) == PER_TENANT and facts(alias := migrated_alias() or "").get("TENANT"):
        return alias  # a migration there means its own database
    primary = primary_of(pinned_alias(model))
    if model in homes:
        pinned[model] = primary
    return primary


def pinned_alias(model: type[Model]) -> str:
    """The alias of a model that is not a tenant's.

    Raises:
        DatabaseRequired: the model lives in tenants' databases, so its home alone names none.
        UnknownDatabase: ``_DATABASE`` names an alias that ``DATABASES`` does not have.
    """
    home = home_of(model)
    if home == PER_TENANT:
        example = f'add .using("<TENANT>"), for example .using("{_some_tenant()}").'
        raise DatabaseRequired(
            f"{model._meta.label} lives in tenants' databases and no database was named: "
            f"{advice(model._meta.label) or example}"
        )
    if home not in connections.settings:
        raise UnknownDatabase(
            f'{model._meta.label} has _DATABASE = "{home}", but DATABASES has no such alias: '
            f"use one of {', '.join(primaries())}."
        )
    return home


def _some_tenant() -> str:
    return next((alias for alias in primaries() if facts(alias).get("TENANT")), "ACME")
