"""Whether a model is a historical one, which a migration works with.

Historical models have neither the base classes nor the attributes of the models they stand for (Django's
documentation, "Historical models"), and there is no documented way to tell them apart. They are those whose
registry of models is one of migrations' state. No ticket known.

It is verified at start where migrations are loaded, as ``contenttypes`` does, or else when the first registry other
than Django's own is met.
"""

from django.apps import apps
from django.apps.registry import Apps
from django.db.models import Model

from manydb.patches import Patch, expect, takes, uses


def is_historical(model: type[Model]) -> bool:
    """Whether this is a migration's version of a model.

    Raises:
        PatchFailed: migrations make their models in another way than this expects.
    """
    # What stands for a model, such as the table of the database cache, has less in its _meta than a model.
    registry = getattr(model._meta, "apps", apps)
    if registry is apps:
        return False
    from django.db.migrations.state import StateApps

    if not PATCH.is_verified:
        PATCH.verify()
    return isinstance(registry, StateApps)


def _expects() -> None:
    from django.db.migrations.state import ModelState, ProjectState, StateApps

    expect(issubclass(StateApps, Apps), "StateApps is a registry of models")
    takes(ModelState.render, "self", "apps")
    uses(StateApps.render_multiple, "render")
    uses(vars(ProjectState)["apps"].func, "StateApps")


PATCH = Patch("historical_models", tried=("5.2", "6.1"), expects=_expects)
