"""Values that hold for a block of code: the active tenant, reading from primaries."""

import inspect
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar, copy_context
from functools import wraps
from time import monotonic
from types import coroutine
from typing import Any

from asgiref.sync import iscoroutinefunction

Enter = Callable[[], AbstractContextManager[Any]]
LOOK_AGAIN = 1.0  # seconds

# What this context has entered, outermost first, each with the value that its variable had before.
_before: ContextVar[tuple[tuple["Scope", Any], ...]] = ContextVar("before", default=())


class Scope:
    """Gives a context variable a value inside ``with``, or inside a decorated function, ``async`` ones and generators too.

    One may be entered again while it is entered, also by other threads and tasks: what was before is kept in
    their contexts. The variable is set back by value: a token can't be reset in another context, and under
    ASGI the end of a response often runs in another one.
    """

    def __init__(self, variable: ContextVar[Any], value: Any) -> None:
        self.variable = variable
        self.value = value

    def __enter__(self) -> None:
        value = self.entered()
        _before.set((*_before.get(), (self, self.variable.get())))
        self.variable.set(value)

    def entered(self) -> Any:
        """What the variable is set to, on entering."""
        return self.value

    def __exit__(self, *exception: object) -> None:
        entered = _before.get()
        if entered and entered[-1][0] is self:  # nearly always
            self.variable.set(entered[-1][1])
            _before.set(entered[:-1])
            return
        mine = [place for place, (scope, _) in enumerate(entered) if scope is self]
        if not mine:  # this context has not entered it, and keeps its value
            return
        outside, inner = entered[mine[-1]][1], list(entered[mine[-1] + 1 :])
        for place, (scope, _) in enumerate(inner):
            if scope.variable is self.variable:
                # Left before one that was entered later: that one holds, and gives back what was outside.
                inner[place] = scope, outside
                break
        else:
            self.variable.set(outside)
        _before.set((*entered[: mine[-1]], *inner))

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            with self:
                return await function(*args, **kwargs)

        @wraps(function)
        def synchronous(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        @wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Any:
            return in_steps(function(*args, **kwargs), lambda: self)

        @wraps(function)
        def async_generator(*args: Any, **kwargs: Any) -> Any:
            return in_async_steps(function(*args, **kwargs), lambda: self)

        if inspect.isasyncgenfunction(function):
            return async_generator
        if inspect.isgeneratorfunction(function):
            return generator
        return asynchronous if iscoroutinefunction(function) else synchronous


class _Inside:
    """A context for the steps of an iterator alone, in which what ``enter()`` gives is entered.

    A ``with`` around a ``yield`` would hold for the code that takes the value, too. It is entered once, and again
    LOOK_AGAIN seconds later, because it may have to refuse by then: the tenant may be gone.
    """

    def __init__(self, enter: Enter) -> None:
        self.run = copy_context().run
        self._enter = enter
        self._entered: AbstractContextManager[Any] | None = None
        self.renew()

    def renew(self) -> None:
        self.leave()
        scope = self._enter()
        self.run(scope.__enter__)
        self._entered, self.until = scope, monotonic() + LOOK_AGAIN

    def leave(self) -> None:
        scope, self._entered = self._entered, None
        if scope is not None:
            self.run(scope.__exit__, None, None, None)


def in_steps(steps: Iterator[Any], enter: Enter) -> Iterator[Any]:
    """Makes every step of an iterator, its end too, inside what ``enter()`` gives, and none between them."""
    inside = _Inside(enter)
    run, now, end = inside.run, monotonic, object()
    try:
        while (value := run(next, steps, end)) is not end:
            yield value
            if now() > inside.until:
                inside.renew()
    finally:
        # Python may end a generator while it changes a context variable, and crashes if that is changed here.
        run(_close, steps)
        inside.leave()


def _close(steps: Iterator[Any]) -> None:
    if hasattr(steps, "close"):
        steps.close()


async def in_async_steps(steps: AsyncIterator[Any], enter: Enter) -> AsyncIterator[Any]:
    """``in_steps`` for an async iterator. While a step waits, other tasks are outside."""
    inside = _Inside(enter)
    run, now, end = inside.run, monotonic, object()
    try:
        while (value := await _awaited_in(run, _step(steps, end))) is not end:
            yield value
            if now() > inside.until:
                inside.renew()
    finally:
        if hasattr(steps, "aclose"):
            await _awaited_in(run, steps.aclose())
        inside.leave()


async def _step(steps: AsyncIterator[Any], end: object) -> Any:
    return await anext(steps, end)


@coroutine
def _awaited_in(run: Callable[..., Any], step: Any) -> Generator[Any, Any, Any]:
    """Awaits a coroutine each part of which runs in a context, from one ``await`` in it to the next."""
    try:
        waits_for = run(step.send, None)
        while True:
            try:
                found = yield waits_for
            except BaseException as error:  # such as the end of its task
                waits_for = run(step.throw, error)
            else:
                waits_for = run(step.send, found)
    except StopIteration as done:
        return done.value
