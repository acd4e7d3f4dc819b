"""Lets the members of the active tenant enter, and superusers; another user stays anonymous there.

``patches.authentication`` asks here for each user that a backend returns: of a session, a login form, a password in
a header. The answer is a part of the query that fetches the user. ``admitted()`` is for users who were found in
another way, such as by a token.
"""

import logging
from contextvars import ContextVar
from typing import Any
from weakref import ReferenceType, ref

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db.models import CharField, Expression, ExpressionWrapper, Field, QuerySet

from manydb.core.conf import conf
from manydb.core.routing import PER_TENANT, home_of
from manydb.patches.authentication import annotated
from manydb.tenants.context import current_tenant
from manydb.tenants.membership.rule import OWN_RULE, condition, has_row

logger = logging.getLogger(__name__)

_ANSWER = "_may_enter"  # the attribute of a user that the query has added


class _Question:
    """Users are fetched to enter this tenant."""

    __slots__ = ("tenant", "verdicts")

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.verdicts: list[tuple[Any, bool]] = []


class _Answer:
    """What the query says of a user: an answer to one question, and to no other after it was pickled."""

    def __init__(self, question: _Question | None = None, may_enter: bool = False) -> None:
        self.question, self.may_enter = question, may_enter

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), ()


class _AnswerField(Field):  # type: ignore[type-arg]
    def from_db_value(self, value: Any, expression: object, connection: object) -> _Answer:
        return _Answer(_question.get(), bool(value))


_ANSWERS = _AnswerField()
_question: ContextVar[_Question | None] = ContextVar("question", default=None)


class _TenantAsked(Expression):
    """The name of the tenant that users are fetched for, when they are; no tenant's name otherwise."""

    output_field: Any = CharField()

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, tuple[str]]:
        question = _question.get()
        return "%s", ("" if question is None else question.tenant,)


class _AnswerOfRows:
    """What the engine's own rule adds to a query for users. It is made for the first one: each request has one."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, str], Any] = {}

    def resolve_expression(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        users = query.model, query.get_initial_alias()
        found = self._made.get(users)
        if found is None:
            answer = ExpressionWrapper(has_row(_TenantAsked()), output_field=_ANSWERS)
            found = self._made[users] = answer.resolve_expression(query, *args, **kwargs)
        return found


_answer_of_rows = _AnswerOfRows()
# The user who was admitted last, and the tenant: login() comes after authenticate().
_latest: ContextVar[tuple[ReferenceType[Any], str] | None] = ContextVar("latest", default=None)


def guarded_tenant() -> str | None:
    """The active tenant, if only its members may enter. Users in a tenant's own database are its members."""
    if not conf.TENANT_MEMBERSHIP:
        return None
    tenant = current_tenant()
    if tenant is None or home_of(get_user_model()) == PER_TENANT:
        return None
    return tenant


def is_member(user: Any, tenant: str) -> bool:
    """Whether the rule or being a superuser lets a user enter this tenant. It costs a query."""
    if getattr(user, "is_superuser", False):
        return True
    users = get_user_model()._base_manager.filter(pk=user.pk)
    return users.filter(condition(tenant)).exists()


def admitted(user: Any) -> Any:
    """The user, or an anonymous one if the user may not enter the active tenant.

    For code that finds the user of a request by itself: by a token, a key or a signature.
    """
    if not getattr(user, "is_authenticated", False):
        return user
    with door.asking():
        return user if door.admits(user) else AnonymousUser()


def remember(user: Any, tenant: str) -> None:
    """Spares the next ``login()`` of this object the question."""
    _latest.set((ref(user), tenant))


def was_admitted(user: Any, tenant: str) -> bool:
    """Whether this object was admitted last."""
    latest = _latest.get()
    return latest is not None and latest[0]() is user and latest[1] == tenant


class _Asking:
    """What is fetched inside of it is fetched for the active tenant. A class, because each request has two."""

    __slots__ = ("_before", "_is_new")

    def __enter__(self) -> None:
        self._before = before = _question.get()
        asked = before.tenant if before is not None else None
        tenant = None if asked is not None and asked == current_tenant() else guarded_tenant()
        self._is_new = tenant is not None and tenant != asked
        if tenant is not None and self._is_new:
            _question.set(_Question(tenant))

    def __exit__(self, *exception: object) -> None:
        if self._is_new:
            _question.set(self._before)


class Membership:
    """The ``Door`` of ``patches.authentication``."""

    def asking(self) -> "_Asking":
        return _Asking()

    def is_asked(self) -> bool:
        return _question.get() is not None

    def with_answer(self, users: QuerySet[Any]) -> QuerySet[Any]:
        question = _question.get()
        if question is None:
            return users
        answer: Any = _answer_of_rows
        if conf.TENANT_MEMBERSHIP_RULE != OWN_RULE:
            answer = ExpressionWrapper(condition(question.tenant), output_field=_ANSWERS)
        return annotated(users, _ANSWER, answer)

    def admits(self, user: Any) -> bool:
        question = _question.get()
        if question is None:
            return True
        for seen, verdict in question.verdicts:
            if seen is user:
                return verdict
        verdict = _may_enter(user, question)
        question.verdicts.append((user, verdict))
        if verdict:
            remember(user, question.tenant)
        else:
            logger.warning(
                "User %s is not a member of tenant %r and stays anonymous there.",
                user.pk,
                question.tenant,
            )
        return verdict

    def has_refused(self) -> bool:
        question = _question.get()
        return question is not None and not all(verdict for _user, verdict in question.verdicts)


def _may_enter(user: Any, question: _Question) -> bool:
    answer: _Answer | None = getattr(user, _ANSWER, None)
    if answer is not None:
        delattr(user, _ANSWER)
    if getattr(user, "is_superuser", False):
        return True
    if answer is not None and answer.question is question:
        return answer.may_enter
    return is_member(user, question.tenant)


door = Membership()
