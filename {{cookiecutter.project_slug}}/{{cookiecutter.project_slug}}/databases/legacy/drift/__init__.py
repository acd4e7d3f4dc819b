"""Where unmanaged models and live tables disagree, or the tables of tenants with each other."""

from .database import drift, legacy_aliases
from .difference import Drift
from .tenants import tenants_that_differ

__all__ = ["Drift", "drift", "legacy_aliases", "tenants_that_differ"]
