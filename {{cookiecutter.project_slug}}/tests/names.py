"""The tenants that tests use: their names, the aliases of their databases, and their hosts."""

# TESTCLIENT is only for tests: it is in the testing settings and nowhere else.
TENANT, ALIAS = "testclient", "TESTCLIENT"

# The first of the configured tenants, for tests that need two.
OTHER_TENANT = "{{ (cookiecutter.tenants | tenant_names)[0] }}"
OTHER_ALIAS = OTHER_TENANT.upper()


def host_of(tenant: str) -> str:
    """A host name holds no underscore."""
    return f"{tenant.replace('_', '-')}.testserver"
