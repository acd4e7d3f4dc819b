"""A base class for the models that Django makes for many-to-many relations.

``through=`` is the documented way to say which class holds the rows of such a relation, and needs a model for
each. The automatic one derives from ``models.Model`` whatever the models it links are, so its bases are changed
once it exists. No ticket known.
"""

from typing import Any

from django.db.models import Manager, Model
from django.db.models.fields import related
from django.db.models.options import Options
from django.utils.functional import cached_property

from manydb.patches import Patch, expect, has, takes, uses


def derive_from(model: type[Model], base: type[Model]) -> None:
    """Makes an automatic model derive from an abstract one, whose managers it gets.

    Raises:
        PatchFailed: it has another base than Django gives it, or does not get the managers.
    """
    if issubclass(model, base):
        return
    if model.__bases__ != (Model,):
        raise PATCH.failed(f"{model._meta.label} derives from models.Model alone")
    options: Any = model._meta
    options.local_managers.clear()
    model.__bases__ = (base,)
    options._expire_cache()
    wanted: type[Manager[Any]] = type(base._meta.managers[0])
    if not (issubclass(model, base) and isinstance(model._default_manager, wanted)):
        raise PATCH.failed(f"{model._meta.label} has the managers of {base.__name__}")


def _expects() -> None:
    takes(related.create_many_to_many_intermediary_model, "field", "klass")
    uses(related.create_many_to_many_intermediary_model, "Model")
    has(Options(None), "local_managers", "_expire_cache")
    expect(isinstance(vars(Options)["managers"], cached_property), "_meta caches its managers")


PATCH = Patch("link_tables", tried=("5.2", "6.1"), expects=_expects)
