"""What may happen where: relations, and migrations."""

from typing import Any

from django.apps import apps
from django.db.models import Model

from manydb.core.routing import PER_TENANT, facts, home_of, home_of_app, primary_of, real_alias
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
    model = _model_meant(hints.get("model")) or _model_named(app_label, model_name)
    if model is not None and not getattr(model._meta, "managed", True):
        return False
    home = home_of(model) if model is not None else home_of_app(app_label)
    if home == PER_TENANT:
        return known.get("TENANT") is not None
    return alias == home


def _model_meant(hint: Any) -> type[Model] | None:
    """The model that a hint is, or that it names as "app.Model"; None for anything else."""
    if isinstance(hint, str):
        app_label, _, model_name = hint.partition(".")
        return _model_named(app_label, model_name)
    return hint if isinstance(hint, type) and hasattr(hint, "_meta") else None


def _model_named(app_label: str, model_name: str | None) -> type[Model] | None:
    try:
        return apps.get_model(app_label, model_name) if model_name else None
    except LookupError:
        return None
