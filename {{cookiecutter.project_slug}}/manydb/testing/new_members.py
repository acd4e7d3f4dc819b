"""Members of tenants, for tests."""

from typing import TypeVar

from django.contrib.auth.base_user import AbstractBaseUser

User = TypeVar("User", bound=AbstractBaseUser)


def member(user: User, tenant: str | None = None) -> User:
    """Makes a user a member of a tenant, the active one if none is named, and returns the user.

    Raises:
        TenantRequired: no tenant is active, and none is named.
    """
    from manydb.tenants import make_member

    make_member(user, tenant)
    return user
