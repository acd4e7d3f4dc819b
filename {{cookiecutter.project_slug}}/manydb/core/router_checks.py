"""Finds routers beside those of this package that send models elsewhere, or that nothing asks.

Django asks routers in the order of ``DATABASE_ROUTERS``, and the first that answers decides. Those of this package
answer for every model, so a router of the project's own stands before them, and returns None for what is not its own.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.core.checks import CheckMessage
from django.db import router
from django.db.models import Model

from manydb.core.findings import Error, Warning
from manydb.core.late_checks import register
from manydb.core.placement import DEFAULT, shared_alias
from manydb.core.routing import PER_TENANT, facts, home_of, listed, primary_of

_NEEDS_MORE = "(it raised)"  # as ours do for tenants' models, without a tenant


class _Answer(NamedTuple):
    router: Any
    alias: str


def _answers(method: str, model: type[Model]) -> Iterator[_Answer]:
    """What each router says that has an answer, in their order."""
    for each in router.routers:
        ask = getattr(each, method, None)
        try:
            alias = ask(model) if ask else None
        except Exception:
            alias = _NEEDS_MORE
        if alias is not None:
            yield _Answer(each, alias)


@register()
def check_homes(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E022: the router that decides sends a model elsewhere than where manydb has its table."""
    found: dict[tuple[object, ...], CheckMessage] = {}
    for model in _with_tables():
        answers = list(_answers("db_for_write", model))
        first = next(iter(answers), None)
        if first is None or not _fits(first.alias, model):
            alias = first.alias if first else DEFAULT
            who = _name(first.router) if first else "No router answers, so Django"
            text = f'{who} sends {model._meta.label} to "{alias}", and manydb takes it for a model of {_place(model)}.'
            key = (who, alias, model._meta.app_label)
            found.setdefault(key, Error(text, hint=_way_out(first, model), id="manydb.E022"))
            continue
        for other in answers[1:]:
            if other.alias == _NEEDS_MORE or _is_rest(other.alias) or _fits(other.alias, model):
                continue
            text = (
                f'{_name(other.router)} would send {model._meta.label} to "{other.alias}", and is never asked: '
                f"{_name(first.router)} answers before it."
            )
            key = (_name(other.router), other.alias, model._meta.app_label)
            found.setdefault(key, Error(text, hint=_way_out(other, model), id="manydb.E022"))
    return list(found.values())


def _fits(alias: str, model: type[Model]) -> bool:
    """Whether this is where a model lives, as far as can be said while no tenant is active."""
    home = home_of(model)
    if alias == _NEEDS_MORE or (
        alias == DEFAULT and home == PER_TENANT and shared_alias() != DEFAULT
    ):
        return True
    known = facts(alias)
    if not known:
        return alias != DEFAULT  # an alias that came after manydb.databases()
    return known["TENANT"] is not None if home == PER_TENANT else primary_of(alias) == home


def _way_out(answer: _Answer | None, model: type[Model]) -> str:
    if answer is None:
        return 'Add a router of manydb at the end of DATABASE_ROUTERS: "manydb.routers.TenantRouter", or "…ReplicaRouter".'
    label = model._meta.app_label
    known = facts(answer.alias)
    if known and not known["TENANT"] and not _is_rest(answer.alias):
        return f"Write {_pin(label, answer.alias)}, or let the router return None for this app."
    return (
        "Let its db_for_read() and db_for_write() return None for each model that is not its own."
    )


@register()
def check_migrations(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E023: a router makes a table of tenants in a shared database, or keeps one out of theirs."""
    tenant = next((alias for alias in listed() if facts(alias)["TENANT"]), None)
    if tenant is None:
        return []
    found: dict[tuple[object, ...], CheckMessage] = {}
    for model in _with_tables():
        first = next(_answers("db_for_write", model), None)
        if first and not _fits(first.alias, model) and not _is_rest(first.alias):
            continue  # E022 says what to do
        is_tenants = home_of(model) == PER_TENANT
        for alias, expected in (
            (tenant, is_tenants),
            (shared_alias(), home_of(model) == shared_alias()),
        ):
            other, may = _decides(alias, model)
            if may is None or may == expected or (alias != tenant and not is_tenants):
                continue
            does = (
                f'makes the table of {model._meta.label} in "{alias}"'
                if may
                else (f'keeps the table of {model._meta.label} out of "{alias}"')
            )
            found.setdefault(
                (other, may, is_tenants),
                Error(
                    f"allow_migrate() of {other} {does}, and manydb takes it for a model of {_place(model)}.",
                    hint="Let it return None for each app and each database that is not its own.",
                    id="manydb.E023",
                ),
            )
    return list(found.values())


def _decides(alias: str, model: type[Model]) -> tuple[str, bool | None]:
    """The router that decides whether a database has this table, and how."""
    for each in router.routers:
        ask = getattr(each, "allow_migrate", None)
        try:
            name = model._meta.model_name
            may = ask(alias, model._meta.app_label, model_name=name, model=model) if ask else None
        except Exception:
            return "", None
        if may is not None:
            return _name(each), bool(may)
    return "", None


@register()
def check_reads(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W021: a router answers for reads before that of manydb, so no replica is read."""
    found: dict[tuple[object, ...], CheckMessage] = {}
    for model in _with_tables():
        answers = list(_answers("db_for_read", model))
        if (
            len(answers) < 2
            or _is_ours(answers[0].router)
            or not any(_is_ours(a.router) for a in answers[1:])
        ):
            continue
        first = answers[0]
        known = facts(primary_of(first.alias))
        if known.get("REPLICAS") and not facts(first.alias).get("REPLICA_OF"):
            who = _name(first.router)
            found.setdefault(
                (who, first.alias),
                Warning(
                    f'{who} sends reads of {model._meta.label} to "{first.alias}": its replica is never read.',
                    hint=f"Let its db_for_read() return None{_or_named(first.alias, model)}.",
                    id="manydb.W021",
                ),
            )
    return list(found.values())


def _or_named(alias: str, model: type[Model]) -> str:
    return "" if _is_rest(alias) else f", and write {_pin(model._meta.app_label, alias)}"


@register()
def check_empty(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W022: no model lives in a database, so that it gets no tables, also in tests."""
    homes = {home_of(model) for model in apps.get_models(include_auto_created=True)}
    homes |= {
        a.alias for model in _with_tables() for a in list(_answers("db_for_write", model))[:1]
    }
    return [
        Warning(
            f"No model lives in {alias}: migrations and tests make no table there.",
            hint=f"If models of an app do, write {_pin('<app>', alias)}, or keep your own router "
            "before that of manydb in DATABASE_ROUTERS.",
            id="manydb.W022",
        )
        for alias in listed()
        if alias not in homes and alias != shared_alias()
        if not any(
            facts(alias).get(key) for key in ("TENANT", "REPLICA_OF", "ADOPTED", "READ_ONLY")
        )
    ]


def _pin(app_label: str, alias: str) -> str:
    return "APP_DATABASES = {" + f'"{app_label}": "{alias}"' + "}"


def _is_rest(alias: str) -> bool:
    """Whether this is what routers say of all that is not their own."""
    return alias in {DEFAULT, shared_alias()}


def _with_tables() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]


def _place(model: type[Model]) -> str:
    home = home_of(model)
    return "tenants" if home == PER_TENANT else f'"{home}"'


def _name(each: Any) -> str:
    kind = each if isinstance(each, type) else type(each)
    return f"{kind.__module__}.{kind.__qualname__}"


def _is_ours(each: Any) -> bool:
    package = __name__.partition(".")[0]
    return any(kind.__module__.partition(".")[0] == package for kind in type(each).__mro__)
