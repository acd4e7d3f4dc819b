"""Every authentication backend asks whether the user that it found may enter.

Backends are documented, and each returns its users by itself: neither a backend of one's own nor a middleware sees
those that another one returns. So the methods of each backend that is loaded are wrapped. So are the two
functions that turn a session into a user: they end the session of a user who may not enter. The class of the
user model's default manager is wrapped as well: inside of these methods it adds the answer to the query that
fetches the user. No ticket known.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, Protocol

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib import auth
from django.contrib.auth import get_user_model
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.core.exceptions import PermissionDenied
from django.db.models import Manager, QuerySet, sql
from django.views.decorators.debug import sensitive_variables

from manydb.patches import Patch, expect, is_ours, ours, takes, uses

_METHODS = ("get_user", "aget_user", "authenticate", "aauthenticate")


class Door(Protocol):
    """Who decides which users may enter."""

    def asking(self) -> AbstractContextManager[Any]:
        """Inside of it users are fetched who want to enter."""

    def is_asked(self) -> bool:
        """Whether this is inside of ``asking()``, and there is a question."""

    def with_answer(self, users: QuerySet[Any]) -> QuerySet[Any]:
        """Users with the answer for each."""

    def admits(self, user: Any) -> bool:
        """Whether this user may enter."""

    def has_refused(self) -> bool:
        """Whether a user was refused since ``asking()`` began."""


def install(door: Door) -> None:
    """Makes the changes, once."""
    PATCH.verify()
    module: Any = auth
    if is_ours(module.load_backend):
        return
    module.load_backend = ours(_loading(module.load_backend, door))
    module.get_user = _of_session(module.get_user, door)
    module.aget_user = _of_session_async(module.aget_user, door)
    from django.contrib.auth.backends import ModelBackend

    _guard(ModelBackend, door)
    watch(get_user_model()._default_manager, door)


def watch(manager: Manager[Any], door: Door) -> None:
    """Lets the querysets of users have the answer where they are asked for it."""
    kind: Any = type(manager)
    # The managers of all other models are of that class.
    if kind is Manager or is_ours(kind.get_queryset):
        return
    original = kind.get_queryset

    @wraps(original)
    def get_queryset(self: Any) -> QuerySet[Any]:
        users: QuerySet[Any] = original(self)
        if door.is_asked() and issubclass(self.model, get_user_model()):
            return door.with_answer(users)
        return users

    kind.get_queryset = ours(get_queryset)


def annotated(users: QuerySet[Any], name: str, expression: Any) -> QuerySet[Any]:
    """What ``annotate()`` does, for a name that no field has: it compares it with each, in each request."""
    answered = users.all()
    answered.query.add_annotation(expression, name)
    return answered


def _loading(original: Callable[[str], Any], door: Door) -> Callable[[str], Any]:
    @wraps(original)
    def load_backend(path: str) -> Any:
        backend = original(path)
        _guard(type(backend), door)
        return backend

    return load_backend


def _guard(backend: type[Any], door: Door) -> None:
    """Wraps the methods that return users, each in the class that defines it."""
    for name in _METHODS:
        if is_ours(getattr(backend, name, None)):
            continue  # as in each request but the first
        for kind in backend.__mro__:
            method = vars(kind).get(name)
            if method is None:
                continue
            if callable(method) and not is_ours(method):
                setattr(kind, name, ours(_wrapped(method, "authenticate" in name, door)))
            break


def _wrapped(method: Callable[..., Any], signs_in: bool, door: Door) -> Callable[..., Any]:
    def answered(user: Any) -> Any:
        if user is None or door.admits(user):
            return user
        if signs_in:  # no other backend is tried (topics/auth/customizing)
            raise PermissionDenied
        return None

    @wraps(method)
    @sensitive_variables()  # the password is one of them: pages and mails of errors show them
    def synchronous(*args: Any, **kwargs: Any) -> Any:
        with door.asking():
            return answered(method(*args, **kwargs))

    @wraps(method)
    @sensitive_variables()
    async def asynchronous(*args: Any, **kwargs: Any) -> Any:
        with door.asking():
            user = await method(*args, **kwargs)
            return None if user is None else await sync_to_async(answered)(user)

    return asynchronous if iscoroutinefunction(method) else synchronous


def _of_session(original: Callable[[Any], Any], door: Door) -> Callable[[Any], Any]:
    @wraps(original)
    def get_user(request: Any) -> Any:
        with door.asking():
            user = original(request)
            if door.has_refused():
                request.session.flush()
            return user

    return get_user


def _of_session_async(original: Callable[[Any], Any], door: Door) -> Callable[[Any], Any]:
    @wraps(original)
    async def aget_user(request: Any) -> Any:
        with door.asking():
            user = await original(request)
            if door.has_refused():
                await request.session.aflush()
            return user

    return aget_user


def _expects() -> None:
    from django.contrib.auth import middleware
    from django.contrib.auth.backends import BaseBackend, ModelBackend

    takes(auth.load_backend, "path")
    uses(auth._get_backends, "load_backend")  # type: ignore[attr-defined]
    for function, method in ((auth.get_user, "get_user"), (auth.aget_user, "aget_user")):
        takes(function, "request")
        uses(function, "load_backend", method, "AnonymousUser")
    uses(middleware.get_user, "auth", "get_user")
    uses(middleware.auser, "auth", "aget_user")
    uses(AuthenticationMiddleware.process_request, "get_user", "auser")
    for authenticate in (auth.authenticate, auth.aauthenticate):
        uses(authenticate, "_get_compatible_backends", "PermissionDenied")
    expect(
        all(hasattr(BaseBackend, name) for name in _METHODS), f"a backend has {', '.join(_METHODS)}"
    )
    uses(ModelBackend.get_user, "_default_manager", "get")
    takes(sql.Query.add_annotation, "self", "annotation", "alias", "select=True")
    uses(QuerySet._annotate, "add_annotation", "contains_aggregate")  # type: ignore[attr-defined]


PATCH = Patch("authentication", tried=("5.2", "6.1"), expects=_expects)
