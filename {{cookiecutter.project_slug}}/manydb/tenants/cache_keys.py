"""Keys of Django's caches that hold the tenant, so that none finds what was kept for another.

``KEY_FUNCTION`` in ``CACHES`` names one of these. Every method asks it, ``get_many`` and ``set_many`` too;
only ``clear()`` empties the cache of all tenants.
"""

from manydb.tenants.context import current_identity


def tenant_key(key: str, key_prefix: str, version: int) -> str:
    """A place for each tenant, and one more for work without a tenant. No tenant's identity holds a colon."""
    return f"{key_prefix}:{current_identity()}:{version}:{key}"


def shared_key(key: str, key_prefix: str, version: int) -> str:
    """One place for all tenants, for a cache of shared data, such as exchange rates."""
    return f"{key_prefix}:{version}:{key}"
