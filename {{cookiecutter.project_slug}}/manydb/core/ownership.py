"""Whose an object, a query or a database is, as far as that is known: ``tenants`` registers its answers.

``TenantModel``, its manager and its querysets are here with every router and ask these questions. Without
tenants nothing has an owner, and nothing is refused for belonging to another. An owner is a tenant's UUID, which
no other tenant has, also no later one of its name.
"""

from contextlib import suppress
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import Model
from django.db.models.signals import class_prepared, pre_save

from manydb.core.routing import PER_TENANT, home_of
from manydb.core.rules import refuse_foreign_relations
from manydb.patches.historical_models import is_historical
from manydb.patches.object_state import where_last_used

# In each tenant's database and the shared one: whose it is (``core.database_identity``).
IDENTITY_TABLE = "manydb_identity"
# In the shared database: which other databases deploy_databases has seen (``fleet.deployment``).
DEPLOYED_TABLE = "manydb_deployed"
# In the shared database: which command is at work on what (``core.leases``).
LEASES_TABLE = "manydb_leases"


class Owner(str):
    """A tenant's UUID as text. It is compared, hashed and pickled as text; ``name`` is for messages."""

    __slots__ = ("name",)
    name: str

    def __new__(cls, identity: str, name: str) -> "Owner":
        owner = super().__new__(cls, identity)
        owner.name = name
        return owner

    def __repr__(self) -> str:
        return repr(self.name)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.name)


class OwnedAlias(str):
    """An alias with the tenant that had it when rows were read there.

    Django notes the alias in each row that it makes. So a row that was read while no tenant was active says whose
    it is, at no cost of its own.
    """

    __slots__ = ("owner",)
    owner: Owner

    def __new__(cls, alias: str, owner: Owner) -> "OwnedAlias":
        owned = super().__new__(cls, alias)
        owned.owner = owner
        return owned

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.owner)


class Active(NamedTuple):
    """The tenant that is active, with what is asked of it for each query."""

    name: str
    alias: str  # of its primary
    owner: Owner
    aliases: frozenset[str]  # of its primary and its replicas


# Read where a call would cost as much as all the rest; ``tenants.context`` sets it.
current: ContextVar[Active | None] = ContextVar("current_tenant", default=None)


def is_plainly_of(instance: Any, active: Active) -> bool:
    """Whether an object is the active tenant's, as it nearly always is; False where that takes a closer look."""
    state = getattr(instance, "_state", None)  # asked for each row that is saved or related
    if state is None or getattr(state, "tenant", None) != active.owner:
        return False
    alias = where_last_used(instance)
    return alias in active.aliases or (alias is None and state.adding)


def another(owner: object, active: object) -> str:
    """Names an owner in a message beside the active one, which may have the name by now."""
    same_name = getattr(owner, "name", None) == getattr(active, "name", "")
    return f"an earlier tenant {owner!r}" if same_name else f"{owner!r}"


class Ownership:
    """The answers without tenants."""

    def active(self) -> Owner | None:
        """The active tenant."""
        return None

    def of_alias(self, alias: str | None) -> Owner | None:
        """The tenant whose database this is."""
        return None

    def of_object(self, instance: Model) -> Owner | None:
        """The tenant whose object this is; None for a shared one, or a new one that was made without a tenant."""
        return None

    def refuse_object(self, instance: Model, alias: str | None = None) -> None:
        """Checks an object against the active tenant and, if it is given, the database it is to be used with.

        Raises:
            WrongTenant: it belongs to another tenant.
        """

    def refuse_row(self, instance: Model, alias: str) -> None:
        """Checks an object that is about to be written there, with the objects that it points to.

        Raises:
            ValueError: an object that it points to lives in another database.
            WrongTenant: it belongs to another tenant.
        """
        refuse_foreign_relations(instance, alias)

    def command(self, words: str) -> str:
        """The command line that runs a command for a tenant."""
        return f"python manage.py {words} --database <TENANT>"


_ownership = Ownership()


def ownership() -> Ownership:
    """The one that was registered last."""
    return _ownership


def register(new: Ownership) -> None:
    """Called by ``tenants`` when its app is ready."""
    global _ownership
    _ownership = new


def guard_saves() -> None:
    """Called when the app is ready: guards what each model of tenants saves, historical ones of migrations included.

    Every way to save an object sends ``pre_save``, those of ``loaddata`` and of deserialized objects, too, which
    pass the model's own ``save()`` by. A receiver for each model, and none for all, leaves other models as they are.
    """
    for model in apps.get_models(include_auto_created=True, include_swapped=True):
        guard_saves_of(model)
    class_prepared.connect(_prepared, dispatch_uid=f"{__name__}.guard_saves")


def guard_saves_of(model: type[Model]) -> None:
    """Refuses an object of this model before it is saved, if the model is one of tenants."""
    if home_of(model) != PER_TENANT:
        return

    def guard_row(instance: Model, using: str, **kwargs: Any) -> None:
        _ownership.refuse_row(instance, using)

    # The signal holds it weakly: it goes with its model, of which migrations make thousands.
    model._guard_row = guard_row  # type: ignore[attr-defined]
    pre_save.connect(guard_row, sender=model)


def _prepared(sender: type[Model], **kwargs: Any) -> None:
    if is_historical(sender):
        _guard_once_used(sender)
    else:
        guard_saves_of(sender)


def _guard_once_used(model: type[Any]) -> None:
    """Guards a migration's version of a model when its first object is made, before that can be saved.

    A long history makes thousands of them, of which hardly any is used. A signal looks through all of its
    receivers for each one more: migrating a tenant took minutes.
    """

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        guard_saves_of(model)
        with suppress(AttributeError):  # another thread was quicker
            del model.__init__
        model.__init__(self, *args, **kwargs)

    model.__init__ = __init__
