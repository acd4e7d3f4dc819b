"""The errors of working with several databases: one sentence each, saying what to do."""

from django.core.exceptions import ImproperlyConfigured
from django.db.utils import DatabaseError


class DatabaseRequired(ImproperlyConfigured):
    """A model that lives in several databases was used without saying which."""


class UnknownDatabase(ImproperlyConfigured):
    """A model or a tenant names a database that the project does not have."""


class ReadOnlyDatabase(DatabaseError):
    """A statement that writes was about to go to a replica or to a read-only database."""


class ReadOnlyTable(DatabaseError):
    """A row that has no key was about to be written."""


class NoKey(DatabaseError):
    """Code asked for a row by its key, or for the key of a row, where rows have none."""


class ReadOnlyColumn(DatabaseError):
    """A value that only its server can write was about to be written."""


class Unavailable(DatabaseError):
    """A database can't serve this now: pages answer 503, with ``retry_after`` seconds in Retry-After."""

    retry_after = 1


class ReplicaUnavailable(Unavailable):
    """No replica can take a read, and the primary must not."""


class ParameterMissing(ImproperlyConfigured):
    """A parameter that has no default is not set."""


class ParameterStoreUnavailable(ImproperlyConfigured):
    """The parameter store did not answer, and has never answered this process before."""


class TenantRequired(DatabaseRequired):
    """A tenant's model was used while no tenant is active."""


class WrongTenant(DatabaseError):
    """Something of one tenant was used while another tenant is active."""


class TenantUnavailable(Unavailable):
    """A tenant is not served now: it is suspended, or its database says that it is not what the catalog said."""


class NoFreeConnection(Unavailable):
    """All connections that this process may have are in use, or enough of its threads wait for a silent server."""


class PatchFailed(ImproperlyConfigured):
    """What the engine changes in Django or in a driver is not what it expects: the process must not start."""


# What a command line needs no traceback for: each says what to do.
SENTENCES = (
    DatabaseRequired,
    UnknownDatabase,
    ReadOnlyDatabase,
    ReadOnlyTable,
    ReadOnlyColumn,
    NoKey,
    TenantUnavailable,
    WrongTenant,
)
