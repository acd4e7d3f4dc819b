"""The second tenant of tests. The first is "testclient", whom only the testing settings know."""

# The first of the configured tenants.
OTHER_TENANT = "{{ (cookiecutter.tenants | tenant_names)[0] }}"
OTHER_ALIAS = OTHER_TENANT.upper()


def host_of(tenant: str) -> str:
    """A host name holds no underscore."""
    return f"{tenant.replace('_', '-')}.testserver"
