"""The list of databases. Development, production and testing all build ``DATABASES`` from it."""

from functools import partial

from ..databases import aliases
from ..databases.aliases import Database
{%- if cookiecutter.router == "tenant" %}
from ..tenants.mapping import CatalogDatabases as Databases
{%- else %}
from ..databases.mapping import Databases
{%- endif %}

# The names of tenants' databases begin with this, so that none meets a database of the server's own.
PREFIX = "{{ cookiecutter.project_slug }}_"

SHARED = [
    Database("default", name="{{ cookiecutter.project_slug }}"),
    {%- if cookiecutter.legacy_models %}
    Database("accounts", name="accounts"),
    {%- endif %}
]

build = partial(aliases.build, prefix=PREFIX, mapping=Databases)
