{% include "exceptions/shared.py" %}

class TenantRequired(DatabaseRequired):
    """A tenant's model was used while no tenant is active."""


class WrongTenant(DatabaseError):
    """Something of one tenant was used while another tenant is active."""


class TenantUnavailable(DatabaseError):
    """Work in the background was about to start for a tenant that is not ready, such as a suspended one."""


class NoFreeConnection(DatabaseError):
    """All connections that this process may have to tenants' databases are in use."""
