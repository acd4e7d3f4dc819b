"""What may happen where: relations, and migrations."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from django.db.models import Model

from manydb.core.placement import DEFAULT, shared_alias
from manydb.core.routing import (
    PER_TENANT,
    facts,
    home_of,
    home_of_app,
    homes_of_app,
    is_model,
    model_now,
    primary_of,
    real_alias,
)
from manydb.core.scopes import Scope
from manydb.patches.object_state import where_last_used

_about_rows: ContextVar[bool] = ContextVar("about_rows", default=False)
_left_alone: ContextVar[frozenset[str]] = ContextVar("left_alone", default=frozenset())


def may_relate(first: object, second: object) -> bool | None:
    """Whether two objects live in one database; no opinion about objects of unknown aliases or of none."""
    one, other = where_last_used(first), where_last_used(second)
    if not (one and other and facts(one) and facts(other)):
        return None
    return primary_of(one) == primary_of(other)


def refuse_foreign_relations(instance: Model, using: str | None) -> None:
    """Looks once more before an object is saved: ``.using("ACME").create(folder=…)`` asks no router.

    Raises:
        ValueError: an object it points to lives in another database.
    """
    relations: list[Any] = [field for field in instance._meta.concrete_fields if field.is_relation]
    for field in relations:
        related = field.get_cached_value(instance, None)
        alias = where_last_used(related)
        if alias and using and primary_of(alias) != primary_of(using):
            raise ValueError(
                f'{instance._meta.label} can\'t be saved in "{using}" with an object of "{alias}" '
                f"as its {field.name}: save both in one database."
            )


def refuse_generic_relation(instance: Model, name: str, value: Any) -> None:
    """Looks at what a generic foreign key is to point at, which Django asks no router about.

    Raises:
        ValueError: a tenant's object for a shared one, whose key would name rows of all tenants.
    """
    kind = value.__class__  # of what a lazy object stands for
    if is_model(kind) and home_of(kind) == PER_TENANT != home_of(type(instance)):
        raise ValueError(
            f"{instance._meta.label}.{name} can't point at {kind._meta.label}: that lives in tenants' databases and "
            f"{instance._meta.label} does not, so another tenant's row has the same key. Give tenants' rows "
            "their own model, with a foreign key."
        )


def may_migrate(
    alias: str, app_label: str, model_name: str | None, hints: dict[str, Any]
) -> bool | None:
    """Whether a table, or an operation without a model, of this app belongs in this database."""
    alias = real_alias(alias)
    known = facts(alias)
    if not known:
        return None
    if app_label in _left_alone.get():
        return False
    if _about_rows.get() and model_name is not None:
        model = _model_of(hints.get("model")) or model_now(app_label, model_name)
        return model is not None and _is_at(home_of(model), primary_of(alias))
    if known.get("REPLICA_OF") or known.get("READ_ONLY"):
        return False
    if model_name is None:
        homes = homes_of_operation(app_label, hints)
        return alias in homes or (PER_TENANT in homes and known.get("TENANT") is not None)
    model = _model_of(hints.get("model")) or model_now(app_label, model_name)
    if model is not None and not getattr(model._meta, "managed", True):
        return False
    return _is_at(home_of(model) if model is not None else home_of_app(app_label), alias)


def _is_at(home: str, alias: str) -> bool:
    return facts(alias).get("TENANT") is not None if home == PER_TENANT else alias == home


def about_rows() -> Scope:
    """Inside, ``may_migrate`` answers where rows are: in unmanaged tables, too, and in what is only read.

    ``dumpdata`` and ``loaddata`` ask whether a model may be migrated, and mean that.
    """
    return Scope(_about_rows, True)


def leaving_alone(*app_labels: str) -> Scope:
    """Inside, no database has tables of these apps, as far as ``may_migrate`` knows."""
    return Scope(_left_alone, frozenset(app_labels))


def homes_of_operation(app_label: str, hints: Mapping[str, Any]) -> set[str]:
    """Where an operation that names no model runs: an alias, ``PER_TENANT``, or several if its hints don't decide.

    ``target_db`` is an alias; ``model`` is a model or "app.Model", and the operation runs where that lives. So it does
    with Django's ``model_name``, a model of the same app.
    """
    if alias := hints.get("target_db"):
        is_tenants = alias == DEFAULT != shared_alias()
        return {PER_TENANT if is_tenants else alias}
    wanted = hints.get("model")
    if isinstance(wanted, str):
        model = _model_named(wanted)
        return {home_of(model)} if model else homes_of_app(wanted.partition(".")[0])
    model = _model_of(wanted)
    if model is None and isinstance(name := hints.get("model_name"), str):
        model = model_now(app_label, name)
    return {home_of(model)} if model else homes_of_app(app_label)


def _model_of(hint: Any) -> type[Model] | None:
    return hint if isinstance(hint, type) and hasattr(hint, "_meta") else None


def _model_named(label: str) -> type[Model] | None:
    app_label, _, name = label.partition(".")
    return model_now(app_label, name)
