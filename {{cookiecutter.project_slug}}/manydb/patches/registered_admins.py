"""What is registered with any admin site gets another base class, if it should have one.

``admin.site.register(Invoice)`` makes a ``ModelAdmin`` without a question, and a project may have several sites,
each of a class of its own. So the class of what was registered is changed, to one that derives from the project's
class first and from the wanted base next. No ticket known.
"""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.sites import all_sites
from django.db.models.base import ModelBase

from manydb.patches import Patch, expect, is_ours, ours, takes, uses

Change = Callable[["ModelAdmin[Any]"], None]


def install(change: Change) -> None:
    """Has ``change`` called with what is registered and what will be."""
    PATCH.verify()
    site_class: Any = AdminSite
    if is_ours(site_class.register):
        return
    site_class.register = ours(_changing(site_class.register, change))
    for site in all_sites:
        for model_admin in site._registry.values():
            change(model_admin)


def add_base(model_admin: "ModelAdmin[Any]", base: "type[ModelAdmin[Any]]") -> None:
    """Makes it derive from the base, whose methods the project's own class overrides."""
    if not isinstance(model_admin, base):
        made: Any = _with_base  # classes are hashable, which type checkers doubt of these
        model_admin.__class__ = made(type(model_admin), base)


@cache
def _with_base(kind: Any, base: Any) -> Any:
    body = {
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
    }
    bases = (base,) if issubclass(base, kind) else (kind, base)
    return type(kind)(kind.__name__, bases, body)


def _changing(original: Callable[..., None], change: Change) -> Callable[..., None]:
    @wraps(original)
    def register(
        self: Any, model_or_iterable: Any, admin_class: Any = None, **options: Any
    ) -> None:
        models = (
            [model_or_iterable]
            if isinstance(model_or_iterable, ModelBase)
            else list(model_or_iterable)
        )
        original(self, models, admin_class, **options)
        for model in models:
            if model in self._registry:  # unless it is swapped
                change(self._registry[model])

    return register


def _expects() -> None:
    takes(AdminSite.register, "self", "model_or_iterable", "admin_class=None", "**options")
    uses(AdminSite.register, "_registry", "is_registered")
    uses(AdminSite.__init__, "all_sites", "_registry")
    uses(AdminSite.get_urls, "_registry", "urls")
    expect(
        isinstance(vars(ModelAdmin)["urls"], property), "a ModelAdmin has its urls as a property"
    )


PATCH = Patch("registered_admins", tried=("5.2", "6.1"), expects=_expects)
