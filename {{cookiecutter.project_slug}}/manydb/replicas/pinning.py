"""Whether a read must be current, and so goes to the primary: what routers ask for each query."""

from contextlib import AbstractContextManager
from functools import wraps
from inspect import isasyncgenfunction, isgeneratorfunction
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.apps import apps
from django.core.signals import setting_changed
from django.db.models import Model
from django.dispatch import receiver
from django.http.response import HttpResponseBase

from manydb.core.conf import conf
from manydb.core.routing import is_model
from manydb.core.scopes import Scope
from manydb.core.streams import in_every_chunk, when_rendered
from manydb.patches.object_state import where_last_used
from manydb.replicas.open_transactions import in_transaction, opened
from manydb.replicas.primary_apps import default_primary_apps
from manydb.replicas.reads import Place, place

# Models that may be read from replicas. Looking up what a class does not have takes Python longer than
# all the rest of a router.
_may_lag: dict[type[Model], bool] = {}


def replica_or_primary(primary: str, model: type[Model], instance: object = None) -> str:
    """The alias to read from: a replica of the primary, unless what is read must be current.

    An object whose values were read on its primary, or written, stays there with all that is related to it: a
    replica may not have it yet.

    Raises:
        ReplicaUnavailable: no replica can take it, and the primary must not.
    """
    # Routers come here for every query, so this is must_read_primary() without its calls.
    may_lag = _may_lag.get(model)
    if may_lag is None:
        may_lag = _decide(model)
    if not may_lag or (instance is not None and where_last_used(instance) == primary):
        return primary
    on_replicas = place.get().on_replicas
    if on_replicas is None or (primary in opened.aliases and in_transaction(primary)):
        return primary
    return on_replicas.alias_for(primary)


def must_read_primary(primary: str) -> bool:
    """Whether the code under way reads the primary whatever its replicas can do.

    So does code inside ``use_primary()``, in a request with an unsafe method, outside of requests, and inside
    a transaction on the primary.
    """
    return place.get().on_replicas is None or in_transaction(primary)


def _decide(model: type[Model]) -> bool:
    """Whether a model may be read from replicas: what it says itself or else PRIMARY_APPS."""
    if not is_model(model):
        # Django's database cache is no model. What was deleted from it must not be found on a replica.
        return bool(getattr(model, "_PREFER_READ_REPLICA", False))
    primary_apps = conf.PRIMARY_APPS
    if primary_apps is None:
        primary_apps = default_primary_apps()
    may_lag = getattr(model, "_PREFER_READ_REPLICA", model._meta.app_label not in primary_apps)
    if model._meta.apps is apps:  # migrations make models by the thousand
        _may_lag[model] = may_lag
    return bool(may_lag)


@receiver(setting_changed)
def _forget(setting: str, **kwargs: Any) -> None:
    """Tests override settings."""
    if setting in ("PRIMARY_APPS", "AUTH_USER_MODEL"):
        _may_lag.clear()


class _Reading(Scope):
    """A context manager, and a decorator of functions and views; nests, and restores on exceptions.

    What a decorated view returns is made inside as well: a template that is rendered later, and each chunk of
    a streamed body.
    """

    must_be_current: bool

    def __init__(self) -> None:
        super().__init__(place, self.must_be_current)

    def entered(self) -> Place:
        return Place(place.get().reads, self.value)

    def __call__(self, function: Any) -> Any:
        inside = super().__call__(function)
        if isgeneratorfunction(function) or isasyncgenfunction(function):
            return inside

        @wraps(function)
        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            return self._completed(await inside(*args, **kwargs))

        @wraps(function)
        def synchronous(*args: Any, **kwargs: Any) -> Any:
            return self._completed(inside(*args, **kwargs))

        return asynchronous if iscoroutinefunction(function) else synchronous

    def _completed(self, result: Any) -> Any:
        def enter() -> AbstractContextManager[Any]:
            return self

        if isinstance(result, HttpResponseBase):
            return when_rendered(in_every_chunk(result, enter), enter)
        return result


class use_primary(_Reading):  # in lower case: it is used like a function
    """Reads what is current, from primaries: for code in a safe request that must see every write."""

    must_be_current = True


class use_replica(_Reading):
    """Reads from replicas: for reports in tasks and commands, and for views that only read but are asked by POST.

    After a write in the same request, or inside a transaction on the primary, reads go to the primary here too.
    So do those of ``PRIMARY_APPS``.
    """

    must_be_current = False
