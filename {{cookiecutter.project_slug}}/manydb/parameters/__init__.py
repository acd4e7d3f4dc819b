"""Production's parameters: hosts, credentials, tenants. Settings choose where they come from.

    from manydb import parameters
    parameters.use("aws_ssm", path="my_project")
    SECRET_KEY = parameters.get_param("SECRET_KEY")

A list (``TENANTS``) is one value with commas; the caller splits it.
"""

from importlib import import_module

from manydb.core.exceptions import ParameterMissing, ParameterStoreUnavailable

__all__ = ["ParameterMissing", "ParameterStoreUnavailable", "get_param", "use"]

_store = ("environment", "")


def use(store: str, path: str = "") -> None:
    """Chooses where parameters come from, before the first is read.

    ``store`` is ``"environment"``, ``"aws_ssm"`` or ``"aws_secrets_manager"``, or the dotted path of a module
    with a function ``read(name, default, path)``. ``path`` is the store's folder or secret; the environment
    variable PARAMETER_PATH names another.
    """
    global _store
    _store = (store, path)


def get_param(name: str, default: str | None = None) -> str:
    """The parameter as text.

    Raises:
        ParameterMissing: it is not set, and there is no default.
        ParameterStoreUnavailable: the store can't be asked, even if there is a default: that could be wrong.
    """
    store, path = _store
    module = import_module(store if "." in store else f"{__name__}.{store}")
    value: str = module.read(name, default, path)
    return value
