"""Values that hold for a block of code: the active tenant, reading from primaries."""

import inspect
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any


class Scope:
    """Gives a context variable a value inside ``with``, or inside a decorated function, ``async def`` too.

    The variable is set back by value: a token can't be reset in another context, and under ASGI the
    end of a response often runs in another one.
    """

    def __init__(self, variable: ContextVar[Any], value: Any) -> None:
        self.variable = variable
        self.value = value
        self.before: list[Any] = []

    def __enter__(self) -> None:
        self.before.append(self.variable.get())
        self.variable.set(self.value)

    def __exit__(self, *exception: object) -> None:
        self.variable.set(self.before.pop())

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{function.__qualname__} is a generator, which runs after its call has ended: "
                f"write `with {type(self).__name__}(…):` inside it."
            )

        # Calls may overlap, in threads and in tasks: each has a scope of its own.
        @wraps(function)
        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            with self.copy():
                return await function(*args, **kwargs)

        @wraps(function)
        def synchronous(*args: Any, **kwargs: Any) -> Any:
            with self.copy():
                return function(*args, **kwargs)

        return asynchronous if inspect.iscoroutinefunction(function) else synchronous

    def copy(self) -> "Scope":
        copied = object.__new__(type(self))
        Scope.__init__(copied, self.variable, self.value)
        return copied
