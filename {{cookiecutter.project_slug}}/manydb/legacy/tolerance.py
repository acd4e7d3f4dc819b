"""Times that Python has no type for, in rows that came after the models were written."""

from importlib import import_module
from typing import Any

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import typecast_time

from manydb.core.routing import home_of

_TYPES = ("date", "timestamp", "timestamptz", "time")


def tolerate(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Has them read as texts: a driver refuses the whole list of rows because of one ``infinity``."""
    adapters = getattr(connection.connection, "adapters", None)
    converters = getattr(connection.connection, "converter", None)
    if (adapters or converters) is None or not _is_legacy(connection.alias):
        return
    if connection.vendor == "mysql" and converters is not None:
        # Most are selected as texts, but not what INSERT gives back: a default of more than a day.
        constants = import_module("MySQLdb.constants.FIELD_TYPE")
        converters[constants.TIME] = _time_or_text
    if connection.vendor != "postgresql" or adapters is None:
        return
    psycopg = import_module("psycopg")
    as_it_is = import_module("manydb.legacy.columns.stored_values").AsItIs
    for name in _TYPES:
        oid = adapters.types[name].oid
        usual: Any = adapters.get_loader(oid, psycopg.pq.Format.TEXT)
        adapters.register_loader(oid, _tolerant(usual, psycopg.DataError, as_it_is))


def _is_legacy(alias: str) -> bool:
    return any(not model._meta.managed and home_of(model) == alias for model in apps.get_models())


def _time_or_text(text: str) -> Any:
    try:
        return typecast_time(text)
    except ValueError:
        return import_module("manydb.legacy.columns.stored_values").AsItIs(text)


def _tolerant(usual: Any, refused: type[Exception], as_it_is: Any) -> Any:
    base: Any = import_module("psycopg.adapt").Loader

    class Tolerant(base):  # type: ignore[misc]
        timezone = getattr(usual, "timezone", None)  # which Django compares

        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self.usual = usual(oid, context)

        def load(self, data: Any) -> Any:
            try:
                return self.usual.load(data)
            except refused:
                return as_it_is(bytes(data).decode())

    return Tolerant
