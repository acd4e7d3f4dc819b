"""Makes the tables and the rows of the kind of project that KIND names."""

import json
import os

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402

from benchmarks.inside.cases import models  # noqa: E402

KIND = os.environ["KIND"]
TENANTS = os.environ["BENCH_TENANTS"].split(",") if "BENCH_TENANTS" in os.environ else []


def tables(alias):
    with connections[alias].schema_editor() as editor:
        for model in (models.Note, models.Parent, models.Child, models.Bulk):
            editor.create_model(model)
    models.Note.objects.using(alias).bulk_create(models.Note(text=f"note {n}") for n in range(300))
    parents = [models.Parent(name=f"p{n}") for n in range(100)]
    parents = models.Parent.objects.using(alias).bulk_create(parents)
    parents = list(models.Parent.objects.using(alias))  # MySQL gives no keys back
    children = [models.Child(parent_id=one.pk, name="c") for one in parents for _ in range(10)]
    models.Child.objects.using(alias).bulk_create(children)


if KIND == "djt":
    from django_tenants.utils import schema_context

    from benchmarks.peers.customers.models import Customer, Domain

    call_command("migrate_schemas", shared=True, verbosity=0)
    client = Customer(schema_name="acme", name="acme")
    client.save()
    Domain.objects.create(domain="acme.localhost", tenant=client, is_primary=True)
    connection.cursor().execute("create schema acme")
    with schema_context("acme"):
        tables("default")
    connection.set_schema_to_public()
else:
    call_command("migrate", verbosity=0, database="default")
    if KIND == "tenant":
        from manydb.tenants.models import Tenant

        tables("ACME")
        names = TENANTS or ["cat"]
        database = connections.settings["ACME"]["NAME"].replace("acme", "{}")
        for name in names:
            Tenant.objects.create(name=name, database=database.format(name), state="ready")
        call_command("migrate_databases", only=[name.upper() for name in names], verbosity=0)
        for name in names:
            tables(name.upper())
    elif KIND == "isolated":
        from django_isolated_tenants.connections import register_database

        from benchmarks.inside.cases.peers import provider

        register_database(provider.databases["acme"])
        tables("acme")
    else:
        for alias in [name.upper() for name in TENANTS] or ["default"]:
            tables(alias)
# A superuser, who enters every tenant.
get_user_model().objects.db_manager("default").create_superuser("bob", password="pw")
print(json.dumps({}))
