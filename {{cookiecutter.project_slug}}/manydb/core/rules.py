"""What may happen where: relations, and migrations."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from manydb.core.placement import DEFAULT, shared_alias
from manydb.core.routing import (
    PER_TENANT,
    facts,
    home_of,
    home_of_app,
    homes_of_app,
    model_now,
    primary_of,
    real_alias,
)
from manydb.patches.object_state import where_last_used


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


def may_migrate(
    alias: str, app_label: str, model_name: str | None, hints: dict[str, Any]
) -> bool | None:
    """Whether a table, or an operation without a model, of this app belongs in this database."""
    alias = real_alias(alias)
    known = facts(alias)
    if not known:
        return None
    if known.get("REPLICA_OF") or known.get("READ_ONLY"):
        return False
    if model_name is None:
        homes = homes_of_operation(app_label, hints)
        return alias in homes or (PER_TENANT in homes and known.get("TENANT") is not None)
    model = _model_of(hints.get("model")) or model_now(app_label, model_name)
    if model is not None and not getattr(model._meta, "managed", True):
        return False
    home = home_of(model) if model is not None else home_of_app(app_label)
    return known.get("TENANT") is not None if home == PER_TENANT else alias == home


def homes_of_operation(app_label: str, hints: Mapping[str, Any]) -> set[str]:
    """Where an operation that names no model runs: an alias, ``PER_TENANT``, or several if its hints don't decide.

    ``target_db`` is an alias; ``model`` is a model or "app.Model", and the operation runs where that lives.
    """
    if alias := hints.get("target_db"):
        is_tenants = alias == DEFAULT != shared_alias()
        return {PER_TENANT if is_tenants else alias}
    wanted = hints.get("model")
    if isinstance(wanted, str):
        model = _model_named(wanted)
        return {home_of(model)} if model else homes_of_app(wanted.partition(".")[0])
    model = _model_of(wanted)
    return {home_of(model)} if model else homes_of_app(app_label)


def _model_of(hint: Any) -> type[Model] | None:
    return hint if isinstance(hint, type) and hasattr(hint, "_meta") else None


def _model_named(label: str) -> type[Model] | None:
    app_label, _, name = label.partition(".")
    return model_now(app_label, name)
