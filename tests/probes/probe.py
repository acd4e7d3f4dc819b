"""Does one dangerous thing in a bootstrapped project and says what came of it: ``safe`` or ``harm: …``.

Usage: probe.py CASE [ROUTER], with the project's folder as the working directory. ROUTER replaces the
project's own router.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "my_project.settings.development")

import django
from django.conf import settings

if len(sys.argv) > 2:
    settings.DATABASE_ROUTERS = [sys.argv[2]]
django.setup()

from django.db import DatabaseError, models, router  # noqa: E402


def model_of(table: str, **attributes: object) -> type[models.Model]:
    """A model of a legacy table as the guide writes them, with or without ``_DATABASE``."""
    meta = type("Meta", (), {"app_label": "probe", "managed": False, "db_table": table})
    return type("Conference", (models.Model,), {"__module__": __name__, "Meta": meta, **attributes})


def conference(**attributes: object) -> type[models.Model]:
    fields = {
        "code": models.CharField(max_length=8, primary_key=True, db_column="cfcnf"),
        "name": models.CharField(max_length=100, null=True, db_column="cfname"),
    }
    return model_of("confrnce", **fields, **attributes)


def cross_tenant_write() -> str:
    """An object read from one tenant's database is changed and saved (fact 16)."""
    model = conference(_DATABASE="ACME")
    found = model.objects.using("GLOBEX").order_by("pk").first()
    before = model.objects.using("ACME").get(pk=found.pk).name
    found.name = f"changed by probe {os.getpid()}"
    found.save()
    if model.objects.using("ACME").get(pk=found.pk).name != before:
        return "harm: the row of another tenant was changed"
    if model.objects.using("GLOBEX").get(pk=found.pk).name != found.name:
        return "harm: the change is nowhere"
    return "safe"


def write_to_replica() -> str:
    """An object read from a replica is changed and saved (fact 17)."""
    model = conference()
    found = model.objects.using("ACME_RO").order_by("pk").first()
    found.name = f"changed by probe {os.getpid()}"
    try:
        found.save()
    except DatabaseError as error:
        return f"harm: the write went to the replica: {error}"
    if found._state.db != "ACME" or model.objects.using("ACME").get(pk=found.pk).name != found.name:
        return "harm: the change did not reach the primary"
    return "safe"


def cross_tenant_relation() -> str:
    """An object of one tenant is related to an object of another (fact 18)."""
    model = conference(_DATABASE="ACME")
    one, other = (model.objects.using(alias).order_by("pk").first() for alias in ("ACME", "GLOBEX"))
    return "harm: the relation was allowed" if router.allow_relation(one, other) else "safe"


print(globals()[sys.argv[1]]())
