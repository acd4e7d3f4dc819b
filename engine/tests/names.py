"""The second tenant of tests. The first is "testclient"."""

OTHER_TENANT = "acme"
OTHER_ALIAS = OTHER_TENANT.upper()


def host_of(tenant: str) -> str:
    """A host name holds no underscore."""
    return f"{tenant.replace('_', '-')}.testserver"
