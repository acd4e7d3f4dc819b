"""Production's parameters in the environment of the process, which does not change while that runs.

``get_param()`` looks there first whatever the store, so this store holds nothing more.
"""

from collections.abc import Mapping

from manydb.core.exceptions import ParameterMissing
from manydb.parameters.store import ParameterStore


class Store(ParameterStore):
    name = "the environment"

    def load(self) -> Mapping[str, str]:
        return {}

    def get(self, name: str, default: str | None) -> str:
        if default is None:
            raise ParameterMissing(
                f"{name} is not set: put it into the environment of the process."
            )
        return default
