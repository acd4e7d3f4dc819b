"""What a start page shows of the databases."""

from manydb.legacy.overview import overview

__all__ = ["overview"]
