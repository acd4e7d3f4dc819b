"""When a read goes to the primary whatever its replicas can do: what routers ask for each query."""

from contextvars import ContextVar

from django.apps import apps
from django.db.models import Model

from manydb.core.scopes import Scope
from manydb.replicas.open_transactions import in_transaction, opened
from manydb.replicas.reads import of_request, of_thread

# Models that are to be read from replicas. Looking up what a class does not have takes Python longer than
# all the rest of a router.
_prefers: dict[type[Model], bool] = {}
_primary_only: ContextVar[bool] = ContextVar("primary_only", default=False)


def replica_or_primary(primary: str, model: type[Model]) -> str:
    """The alias to read from: a replica of the primary, unless the primary must be asked.

    Raises:
        ReplicaUnavailable: no replica can take it, and the primary must not.
    """
    # Routers come here for every query, so this is must_read_primary() without its calls.
    prefers = _prefers.get(model)
    if prefers is None:
        # Django's database cache is no model. What was deleted from it must not be found on a replica.
        is_model = issubclass(model, Model)
        prefers = getattr(model, "_PREFER_READ_REPLICA", is_model)
        if is_model and model._meta.apps is apps:  # migrations make models by the thousand
            _prefers[model] = prefers
    if (
        not prefers
        or _primary_only.get()
        or (primary in opened.aliases and in_transaction(primary))
    ):
        return primary
    return (of_request.get() or of_thread).alias_for(primary)


def must_read_primary(primary: str) -> bool:
    """Whether the code says so: by ``use_primary()``, or by a transaction on the primary."""
    return _primary_only.get() or in_transaction(primary)


class use_primary(Scope):  # in lower case: it is used like a function
    """Reads from primaries only. A context manager and a decorator; nests, and restores on exceptions."""

    def __init__(self) -> None:
        super().__init__(_primary_only, True)
