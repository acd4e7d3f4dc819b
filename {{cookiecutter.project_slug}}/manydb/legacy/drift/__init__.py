"""Where unmanaged models and live tables disagree, or the tables of tenants with each other."""

from manydb.legacy.drift.between_tenants import tenants_that_differ
from manydb.legacy.drift.database import drift
from manydb.legacy.drift.difference import Drift
from manydb.legacy.project_tables import legacy_aliases

__all__ = ["Drift", "drift", "legacy_aliases", "tenants_that_differ"]
