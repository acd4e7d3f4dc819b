"""A backend without a database, with which a patch looks at what Django does with a connection."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

_nothing: Any = staticmethod(lambda connection: None)


class ProbeBackend(BaseDatabaseWrapper):
    client_class = creation_class = features_class = introspection_class = _nothing
    ops_class = validation_class = _nothing
