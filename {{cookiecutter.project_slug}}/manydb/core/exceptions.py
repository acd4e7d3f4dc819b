"""The errors of working with several databases: one sentence each, saying what to do."""

from django.core.exceptions import ImproperlyConfigured
from django.db.utils import DatabaseError


class WithPage:
    """An error whose traceback, and Django's debug page, name the page of the manual that explains it."""

    page = "operations/incident.md"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        if isinstance(self, BaseException):
            self.add_note(f"More about it: manydb/docs/{self.page}")


class DatabaseRequired(WithPage, ImproperlyConfigured):
    """A model that lives in several databases was used without saying which."""

    page = "routing.md"


class UnknownDatabase(WithPage, ImproperlyConfigured):
    """A model or a tenant names a database that the project does not have."""

    page = "routing.md"


class ReadOnlyDatabase(WithPage, DatabaseError):
    """A statement that writes was about to go to a replica or to a read-only database."""

    page = "replicas.md"

    def __init__(self, *args: object, page: str = page) -> None:
        self.page = page
        super().__init__(*args)


class ReadOnlyTable(WithPage, DatabaseError):
    """A row that has no key was about to be written."""

    page = "legacy-writing.md"


class NoKey(WithPage, DatabaseError):
    """Code asked for a row by its key, or for the key of a row, where rows have none."""

    page = "legacy-models.md"


class ReadOnlyColumn(WithPage, DatabaseError):
    """A value that only its server can write was about to be written."""

    page = "legacy-writing.md"


class Unavailable(WithPage, DatabaseError):
    """A database can't serve this now: pages answer 503, with ``retry_after`` seconds in Retry-After."""

    page = "health.md"
    retry_after = 1


class ReplicaUnavailable(Unavailable):
    """No replica can take a read, and the primary must not."""

    page = "replicas.md"


class UnknownServer(WithPage, DatabaseError):
    """A server is neither PostgreSQL nor MySQL nor MariaDB, and lacks what commands and replicas need."""

    page = "other-servers.md"


class ParameterMissing(WithPage, ImproperlyConfigured):
    """A parameter that has no default is not set."""

    page = "parameters.md"


class ParameterStoreUnavailable(WithPage, ImproperlyConfigured):
    """The parameter store did not answer, and has never answered this process before."""

    page = "operations/parameter-stores.md"


class TenantRequired(DatabaseRequired):
    """A tenant's model was used while no tenant is active."""

    page = "tenants/isolation.md"


class WrongTenant(WithPage, DatabaseError):
    """Something of one tenant was used while another tenant is active."""

    page = "tenants/isolation.md"


class TenantUnavailable(Unavailable):
    """A tenant is not served now: it is suspended, or its database says that it is not what the catalog said."""

    page = "tenants/lifecycle.md"


class NoFreeConnection(Unavailable):
    """All connections that this process may have are in use, or enough of its threads wait for a silent server."""

    page = "operations/capacity.md"


class PatchFailed(WithPage, ImproperlyConfigured):
    """What the engine changes in Django or in a driver is not what it expects: the process must not start."""

    page = "operations/upgrade.md"


# What a command line needs no traceback for: each says what to do.
SENTENCES = (
    DatabaseRequired,
    UnknownDatabase,
    UnknownServer,
    ReadOnlyDatabase,
    ReadOnlyTable,
    ReadOnlyColumn,
    NoKey,
    TenantUnavailable,
    WrongTenant,
)
