"""What django-isolated-tenants asks of a project."""

from django_isolated_tenants import Tenant, TenantDatabase

from benchmarks.inside.cases import settings_peer


class Provider:
    """What django-isolated-tenants asks for its tenants and their databases."""

    databases = {  # noqa: RUF012
        name: TenantDatabase(name, settings_peer.entry(f"isolated_{name}")) for name in ("acme",)
    }
    tenants = {name: Tenant(name, name) for name in databases}  # noqa: RUF012

    def resolve_request(self, request):
        return self.tenants.get(request.get_host().split(":")[0].removesuffix(".localhost"))

    def get_database(self, alias):
        return self.databases[alias]

    def iter_databases(self):
        return list(self.databases.values())

    def iter_tenants(self):
        return list(self.tenants.values())


provider = Provider()
