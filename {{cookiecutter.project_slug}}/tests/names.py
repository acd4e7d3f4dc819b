"""The second tenant of tests. The first is "testclient"; only the testing settings know both."""

OTHER_TENANT = "otherclient"
OTHER_ALIAS = OTHER_TENANT.upper()


def host_of(tenant: str) -> str:
    """A host name holds no underscore."""
    return f"{tenant.replace('_', '-')}.testserver"
