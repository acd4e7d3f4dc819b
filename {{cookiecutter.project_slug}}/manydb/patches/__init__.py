"""Every change to Django or to a driver: one file each.

A file says in its docstring why Django's documented ways don't reach, the upstream ticket if one is known, and
what it changes. It declares::

    PATCH = Patch("related_managers", tried=("5.2", "6.1"), expects=_expects)

and has functions that make the change. ``expects`` looks at what is about to be changed, with ``expect()``,
``has()``, ``takes()`` and ``uses()``, and raises if it differs from the versions that the patch was tried with. The app that
needs the patch calls ``PATCH.verify()`` in its ``ready()``, before or as it makes the change. So a process
whose Django does not fit fails at its start, and not by a guard that is silently missing.

Files here import of the engine nothing but ``manydb.core.exceptions``: what a guard decides is passed to them.
"""

import asyncio
import inspect
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

from manydb.core.exceptions import PatchFailed

# The patches in use, in the order in which they were verified.
verified: dict[str, "Patch"] = {}


def _outside_of_event_loops(look: Callable[[], object]) -> None:
    """Calls this; in another thread if an event loop runs in this one, as in a notebook: Django refuses its cursors there."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        look()
        return
    with ThreadPoolExecutor(1) as executor:
        executor.submit(look).result()


class Unexpected(Exception):
    """What a patch changes is not what it was written for."""


class Patch(NamedTuple):
    """A change to what a distribution, Django if none is named, does not document.

    ``name`` is that of its file. ``tried`` are the versions that the engine's tests passed with, each as
    "major.minor". ``expects`` raises anything at all if what is to be changed is different.
    """

    name: str
    tried: tuple[str, ...]
    expects: Callable[[], object]
    of: str = "Django"

    def verify(self) -> None:
        """Raises PatchFailed if what is to be changed is not what this patch expects."""
        try:
            _outside_of_event_loops(self.expects)
        except Exception as error:
            what = str(error)
            if not isinstance(error, Unexpected):
                what = f"{type(error).__name__}: {error}"
            raise self.failed(what) from error
        verified[self.name] = self

    def failed(self, what: str) -> PatchFailed:
        """The error to raise where the change turns out to have had no effect."""
        return PatchFailed(
            f"manydb.patches.{self.name} does not fit {self.of} {self.installed}: {what}. "
            f"Install {self.of} {' or '.join(self.tried)}, which it was tried with, "
            "or a version of manydb that knows yours."
        )

    @property
    def is_verified(self) -> bool:
        """Whether this process has looked already."""
        return self.name in verified

    @property
    def installed(self) -> str:
        """The version of the distribution in this process."""
        from importlib import metadata  # which loads more than all of this package

        return metadata.version(self.of)

    @property
    def is_untried(self) -> bool:
        """Whether the installed version is newer than all that it was tried with."""
        return _series(self.installed) > max(map(_series, self.tried))


def ours(function: Any) -> Any:
    """Marks a function that a patch has put in place of another. What stands around it with ``wraps`` has the mark, too."""
    function.is_of_manydb = True
    return function


def is_ours(function: Any) -> bool:
    """Whether a patch has put it, or what it stands around, in its place. Others stand around functions, too."""
    return hasattr(function, "is_of_manydb")


def expect(condition: object, what: str) -> None:
    """Raises Unexpected, which says what was expected, if the condition is false."""
    if not condition:
        raise Unexpected(f"it expects that {what}")


def has(owner: Any, *names: str) -> None:
    """Expects these attributes of a module, a class or an object."""
    for name in names:
        expect(hasattr(owner, name), f"{_label(owner)} has {name}")


def takes(function: Callable[..., Any], *parameters: str) -> None:
    """Expects these parameters, spelled as in the signature: ``takes(chain, "self", "klass=None")``."""
    if type(function) is FunctionType and _written(function) == parameters:
        return
    found = [
        tuple(
            str(parameter.replace(annotation=parameter.empty))
            for parameter in inspect.signature(each).parameters.values()
        )
        for each in (function, *_behind(function))
    ]
    expect(
        parameters in found,
        f"{_label(function)} takes ({', '.join(parameters)}), and it takes ({', '.join(found[0])})",
    )


def _written(function: FunctionType) -> tuple[str, ...] | None:
    """The parameters of a function that stands around no other, much faster than ``inspect``; None of an unusual one."""
    code, defaults = function.__code__, function.__defaults__ or ()
    if code.co_posonlyargcount or hasattr(function, "__wrapped__"):
        return None
    names = [*code.co_varnames]
    plain, by_name = names[: code.co_argcount], names[code.co_argcount :][: code.co_kwonlyargcount]
    first = len(plain) - len(defaults)
    found = [
        name if number < first else f"{name}={defaults[number - first]!r}"
        for number, name in enumerate(plain)
    ]
    more = names[code.co_argcount + code.co_kwonlyargcount :]
    if code.co_flags & inspect.CO_VARARGS:
        found.append(f"*{more.pop(0)}")
    given = function.__kwdefaults__ or {}
    found += [f"{name}={given[name]!r}" if name in given else name for name in by_name]
    if code.co_flags & inspect.CO_VARKEYWORDS:
        found.append(f"**{more[0]}")
    return tuple(found)


def uses(function: Callable[..., Any], *names: str) -> None:
    """Expects that the body of a function, or of one inside it, has these names: that it calls what is overridden."""
    found = {name for each in _behind(function) for name in _names(each.__code__)}
    for name in names:
        expect(name in found, f"{_label(function)} uses {name}")


def _behind(function: Callable[..., Any]) -> Iterator[Any]:
    """The function, and what it stands around: an instrument such as Sentry's, which may not say so, keeps that one."""
    inner: Any = inspect.unwrap(function)
    if isinstance(inner, MethodType):
        inner = inner.__func__
    if not hasattr(inner, "__code__"):
        return
    yield inner
    for cell in inner.__closure__ or ():
        if isinstance(cell.cell_contents, FunctionType) and cell.cell_contents is not inner:
            yield from _behind(cell.cell_contents)
    yield from _kept_beside(inner)


def _kept_beside(function: FunctionType) -> Iterator[Any]:
    """Django's functions that one of a package calls by a name of its module, such as the method that it replaces."""
    if function.__module__.startswith("django."):
        return
    for name in function.__code__.co_names:
        kept = function.__globals__.get(name)
        if isinstance(kept, FunctionType) and kept.__module__.startswith("django."):
            yield from _behind(kept)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _label(thing: Any) -> str:
    named = thing if hasattr(thing, "__name__") else type(thing)
    module = getattr(named, "__module__", None)
    name = getattr(named, "__qualname__", named.__name__)
    return f"{module}.{name}" if module else name


def _series(version: str) -> tuple[int, ...]:
    """(6, 1) for "6.1.3"."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])
