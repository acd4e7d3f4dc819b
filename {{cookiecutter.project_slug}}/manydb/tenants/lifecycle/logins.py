"""The accounts of one tenant on one server, as commands make them."""

from dataclasses import dataclass

from manydb.core.credentials import Login
from manydb.fleet.tenant_logins import PAGES, READER, TenantAccount, has_accounts
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.servers import takes_tokens


@dataclass(frozen=True, slots=True)
class Logins:
    """Who reads and changes a tenant's rows, and who only reads them, if replicas have a login of their own."""

    pages: Login
    reader: Login | None
    tokens: bool  # the server takes tokens of IAM for passwords

    @property
    def all(self) -> list[Login]:
        return [self.pages, *([self.reader] if self.reader else [])]


def logins_for(place: Place, account: TenantAccount) -> Logins:
    """Returns the accounts that a tenant has on the server of this place."""
    reader = account.login(READER) if place.has_reader else None
    return Logins(account.login(PAGES), reader, takes_tokens(place.settings))


def first_account(place: Place, tenant: str) -> str:
    """Returns the label of a new tenant's account; "" where tenants have none of their own."""
    return TenantAccount.next(tenant).label if has_accounts(place.settings) else ""


def refused(what: str, said: str, statement: str) -> ProvisioningError:
    """What is raised where the server does not let the project's account make others."""
    return ProvisioningError(
        f"A tenant's account {what}, and can't be made: {said}. Run as an administrator: {statement}."
    )
