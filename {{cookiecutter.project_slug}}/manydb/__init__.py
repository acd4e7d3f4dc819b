"""Django on several databases: routing, read replicas, a database per tenant, legacy databases, fleets."""

from manydb.core.adopted import from_parameters
from manydb.core.aliases import Database
from manydb.core.database_settings import databases

__all__ = ["Database", "__version__", "databases", "from_parameters"]

__version__ = "0.1.0"
