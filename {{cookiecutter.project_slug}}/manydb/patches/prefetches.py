"""A look at the objects that one query of ``prefetch_related()`` would serve.

``prefetch_related_objects()`` takes any objects and asks for what they point to by their keys in one query.
For relations to one object the descriptor builds it, and no manager, queryset or router is told whose objects
they are: the descriptor's method is wrapped. No ticket known.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import Model
from django.db.models.fields.related_descriptors import (
    ForwardManyToOneDescriptor,
    ReverseOneToOneDescriptor,
)
from django.db.models.query import get_prefetcher, prefetch_one_level

from manydb.patches import Patch, expect, takes, uses

_METHOD = "get_prefetch_querysets"


def watch_prefetches(model: type[Model], watch: Callable[[Any], None]) -> None:
    """Has ``watch`` called with the objects whose relations to one object are about to be fetched together."""
    for descriptor in vars(model).values():
        # Those of keys and of one-to-one relations, and a GenericForeignKey.
        if hasattr(descriptor, _METHOD):
            setattr(descriptor, _METHOD, _watched(getattr(descriptor, _METHOD), watch))


def _watched(prefetch: Callable[..., Any], watch: Callable[[Any], None]) -> Callable[..., Any]:
    @wraps(prefetch)
    def get_prefetch_querysets(instances: Any, querysets: Any = None) -> Any:
        watch(instances)
        return prefetch(instances, querysets)

    return get_prefetch_querysets


def _expects() -> None:
    for descriptor in (ForwardManyToOneDescriptor, ReverseOneToOneDescriptor):
        takes(getattr(descriptor, _METHOD), "self", "instances", "querysets=None")
    expect(_METHOD in get_prefetcher.__code__.co_consts, f"get_prefetcher() looks for {_METHOD}()")
    uses(prefetch_one_level, _METHOD)


PATCH = Patch("prefetches", tried=("5.2", "6.1"), expects=_expects)
