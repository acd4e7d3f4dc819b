"""Three dangerous things of the guide, and what came of each: ``safe`` or ``harm: …``."""

from types import SimpleNamespace

from django.db import DatabaseError, models, router
from django.test import TestCase
from django.test.utils import isolate_apps

from .names import OTHER_ALIAS

OURS, THEIRS = "TESTCLIENT", OTHER_ALIAS


@isolate_apps("engine.site.notes")
def conference(**attributes: object) -> type[models.Model]:
    """A model of a legacy table as the guide writes them, with or without ``_DATABASE``."""
    meta = type("Meta", (), {"app_label": "notes", "managed": False, "db_table": "confrnce"})
    fields = {
        "code": models.CharField(max_length=8, primary_key=True, db_column="cfcnf"),
        "name": models.CharField(max_length=100, null=True, db_column="cfname"),
    }
    attributes = {"__module__": __name__, "Meta": meta, **fields, **attributes}
    return type("GuidesConference", (models.Model,), attributes)


class Mistakes(TestCase):
    """Each database of two tenants has a conference of the same key."""

    databases = {"default", OURS, THEIRS}

    def setUp(self) -> None:
        from engine.site.conferences.models import Conference

        for alias in (OURS, THEIRS):
            Conference.objects.using(alias).create(code="TIDES", name=f"Of {alias}")

    def cross_tenant_write(self) -> str:
        """An object read from one tenant's database is changed and saved."""
        model = conference(_DATABASE=OURS)
        found = model.objects.using(THEIRS).get()
        found.name = "Changed"
        found.save()
        if model.objects.using(OURS).get().name == "Changed":
            return "harm: the row of another tenant was changed"
        if model.objects.using(THEIRS).get().name != "Changed":
            return "harm: the change is nowhere"
        return "safe"

    def write_to_replica(self, *, as_django: bool = False) -> str:
        """An object read from a replica is changed and saved.

        ``as_django``: it notes where it was read and no more, as without the engine's patch of objects.
        """
        model = conference()
        found = model.objects.using(f"{OURS}_RO").get()
        if as_django:
            found._state = SimpleNamespace(db=f"{OURS}_RO", adding=False, fields_cache={})
        found.name = "Changed"
        try:
            found.save()
        except DatabaseError as error:
            return f"harm: the write went to the replica: {error}"
        if found._state.db != OURS or model.objects.using(OURS).get().name != "Changed":
            return "harm: the change did not reach the primary"
        return "safe"

    def cross_tenant_relation(self) -> str:
        """An object of one tenant is related to an object of another."""
        model = conference(_DATABASE=OURS)
        one, other = (model.objects.using(alias).get() for alias in (OURS, THEIRS))
        return "harm: the relation was allowed" if router.allow_relation(one, other) else "safe"
