"""Values that hold for a block of code: the active tenant, reading from primaries."""

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar, copy_context
from functools import wraps
from typing import Any

Enter = Callable[[], AbstractContextManager[Any]]


class Scope:
    """Gives a context variable a value inside ``with``, or inside a decorated function, ``async`` ones and generators too.

    The variable is set back by value: a token can't be reset in another context, and under ASGI the
    end of a response often runs in another one.
    """

    def __init__(self, variable: ContextVar[Any], value: Any) -> None:
        self.variable = variable
        self.value = value
        self.before: list[Any] = []

    def __enter__(self) -> None:
        self.before.append(self.variable.get())
        self.variable.set(self.entered())

    def entered(self) -> Any:
        """What the variable is set to, on entering."""
        return self.value

    def __exit__(self, *exception: object) -> None:
        self.variable.set(self.before.pop())

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        # Calls may overlap, in threads and in tasks: each has a scope of its own.
        @wraps(function)
        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            with self.copy():
                return await function(*args, **kwargs)

        @wraps(function)
        def synchronous(*args: Any, **kwargs: Any) -> Any:
            with self.copy():
                return function(*args, **kwargs)

        @wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Any:
            return in_steps(function(*args, **kwargs), self.copy)

        @wraps(function)
        def async_generator(*args: Any, **kwargs: Any) -> Any:
            return in_async_steps(function(*args, **kwargs), self.copy)

        if inspect.isasyncgenfunction(function):
            return async_generator
        if inspect.isgeneratorfunction(function):
            return generator
        return asynchronous if inspect.iscoroutinefunction(function) else synchronous

    def copy(self) -> "Scope":
        copied = object.__new__(type(self))
        Scope.__init__(copied, self.variable, self.value)
        return copied


def in_steps(steps: Iterator[Any], enter: Enter) -> Iterator[Any]:
    """Makes every step of an iterator, its end too, inside what ``enter()`` gives, and none between them.

    A ``with`` around a ``yield`` would hold for whoever takes the value, too.
    """
    try:
        while True:
            with enter():
                try:
                    value = next(steps)
                except StopIteration:
                    return
            yield value
    finally:
        # Python may end a generator while it changes a context variable, and crashes if that is changed here.
        copy_context().run(_close, steps, enter)


def _close(steps: Iterator[Any], enter: Enter) -> None:
    with enter():
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
