"""Production's parameters: hosts, credentials, tenants. Settings choose where they come from.

    from manydb import parameters
    parameters.use("aws_ssm", path="my_project")
    SECRET_KEY = parameters.get_param("SECRET_KEY")

A list (``TENANTS``) is one value with commas; the caller splits it.
"""

import os
from functools import cache
from importlib import import_module

from manydb.core.exceptions import ParameterMissing, ParameterStoreUnavailable
from manydb.parameters.store import ParameterStore

__all__ = ["ParameterMissing", "ParameterStore", "ParameterStoreUnavailable", "get_param", "use"]

_chosen = ("environment", "")


def use(store: str, path: str = "") -> None:
    """Chooses where parameters come from, before the first is read.

    ``store`` is ``"environment"``, ``"aws_ssm"``, ``"aws_secrets_manager"`` or ``"vault"``, or the dotted path of
    a class that derives from ``ParameterStore``. ``path`` is the store's folder or secret; the environment
    variable PARAMETER_PATH names another.
    """
    global _chosen
    _chosen = (store, path)


def get_param(name: str, default: str | None = None) -> str:
    """Returns the parameter as text. A variable of its name in the environment wins over the store.

    Raises:
        ParameterMissing: it is not set, and there is no default.
        ParameterStoreUnavailable: the store can't be asked, even if there is a default: that could be wrong.
    """
    if name in os.environ:
        return os.environ[name]
    return _store(*_chosen).get(name, default)


@cache
def _store(store: str, path: str) -> ParameterStore:
    module, _, name = store.rpartition(".")
    kind = getattr(import_module(module), name) if module else _own(store)
    made: ParameterStore = kind(path)
    return made


def _own(store: str) -> type[ParameterStore]:
    kind: type[ParameterStore] = import_module(f"{__name__}.{store}").Store
    return kind
