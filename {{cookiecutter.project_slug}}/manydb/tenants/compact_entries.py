"""Entries of ``DATABASES`` for thousands of tenants in little memory: what is the same in all is there once."""

from typing import Any, Never

Entry = dict[str, Any]
_MOST = 1000  # different values kept to be shared; a project has a few


class Shared(dict[str, Any]):
    """OPTIONS or TEST of many entries. A change would be one for all of these tenants, so it is refused."""

    def _refuse(self, *args: object, **kwargs: object) -> Never:
        raise TypeError(
            "OPTIONS and TEST of a tenant of the catalog are shared with others. Assign a changed copy to its "
            "entry: entry['OPTIONS'] = {**entry['OPTIONS'], …}."
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    update = setdefault = pop = popitem = clear = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy is a dict like any other."""
        return dict, (dict(self),)


class _Attributes:
    """Python keeps the names of an object's attributes once for its class, and those of a dict in each dict."""


def compact(entry: Entry) -> Entry:
    """Returns a dict of half the size. Its OPTIONS and TEST are shared with entries that have equal ones."""
    attributes = _Attributes()
    if "REPLICA_OF" in entry and entry["TEST"].get("MIRROR"):  # TEST need not say of which
        entry = entry | {"TEST": {**entry["TEST"], "MIRROR": "REPLICA_OF"}}
    for key, value in entry.items():
        setattr(attributes, key, _once(value) if type(value) is dict else value)
    return vars(attributes)


_known: dict[str, Shared] = {}  # by their text


def _once(value: dict[str, Any]) -> Shared:
    known = _known.get(text := repr(value))
    if known is None or known != value:
        if len(_known) >= _MOST:
            _known.clear()
        known = _known[text] = Shared(value)
    return known
