"""Django on several databases: routing, read replicas, a database per tenant, legacy databases, fleets."""

from manydb.core.aliases import Database

__all__ = ["Database", "__version__"]

__version__ = "0.1.0"
