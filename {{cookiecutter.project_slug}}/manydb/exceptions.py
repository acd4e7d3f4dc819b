"""The errors of working with several databases, whatever the router."""

from manydb.core.exceptions import (
    DatabaseRequired,
    NoFreeConnection,
    NoKey,
    ParameterMissing,
    ParameterStoreUnavailable,
    PatchFailed,
    ReadOnlyColumn,
    ReadOnlyDatabase,
    ReadOnlyTable,
    ReplicaUnavailable,
    TenantRequired,
    TenantUnavailable,
    Unavailable,
    UnknownDatabase,
    UnknownServer,
    WrongTenant,
)

__all__ = [
    "DatabaseRequired",
    "NoFreeConnection",
    "NoKey",
    "ParameterMissing",
    "ParameterStoreUnavailable",
    "PatchFailed",
    "ReadOnlyColumn",
    "ReadOnlyDatabase",
    "ReadOnlyTable",
    "ReplicaUnavailable",
    "TenantRequired",
    "TenantUnavailable",
    "Unavailable",
    "UnknownDatabase",
    "UnknownServer",
    "WrongTenant",
]
