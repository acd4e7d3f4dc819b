"""The shape in which every dialect hands over its catalogue."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from .tables import Reference


@dataclass(slots=True)
class Catalogue:
    """By table name: facts per column (fields of ``Column``), primary key, unique indexes, foreign keys."""

    columns: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    primary_keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unique: dict[str, list[tuple[str, ...]]] = field(default_factory=lambda: defaultdict(list))
    references: dict[str, list[Reference]] = field(default_factory=lambda: defaultdict(list))
