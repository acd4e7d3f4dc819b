"""Values that hold for a block of code: the active tenant, reading from primaries."""

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar, copy_context
from functools import wraps
from time import monotonic
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


def in_steps(steps: Iterator[Any], enter: Enter) -> Iterator[Any]:
    """Makes every step of an iterator, its end too, inside what ``enter()`` gives, and none between them.

    A ``with`` around a ``yield`` would hold for the code that takes the value, too. So the steps have a context of
    their own, in which that is entered once; LOOK_AGAIN seconds later it is entered again, because it may have to
    refuse by then: the tenant may be gone.
    """
    context, scope = copy_context(), enter()
    context.run(scope.__enter__)
    run, now, end, until = context.run, monotonic, object(), monotonic() + LOOK_AGAIN
    try:
        while (value := run(next, steps, end)) is not end:
            yield value
            if now() > until:
                run(scope.__exit__, None, None, None)
                scope = enter()
                run(scope.__enter__)
                until = now() + LOOK_AGAIN
    finally:
        # Python may end a generator while it changes a context variable, and crashes if that is changed here.
        run(_close, steps)
        run(scope.__exit__, None, None, None)


def _close(steps: Iterator[Any]) -> None:
    if hasattr(steps, "close"):
        steps.close()


async def in_async_steps(steps: AsyncIterator[Any], enter: Enter) -> AsyncIterator[Any]:
    try:
        while True:
            with enter():
                try:
                    value = await anext(steps)
                except StopAsyncIteration:
                    return
            yield value
    finally:
        with enter():
            if hasattr(steps, "aclose"):
                await steps.aclose()
