"""What a model costs that was not written for tenants: in calls of functions, which no busy machine changes."""

import sys
from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.test import TestCase

from engine.site.magazine.models import Section
from engine.site.notes.models import Note
from manydb.tenants import tenant_context


def calls(work: Callable[[], object]) -> int:
    """Those of one run; the fewest of three, because the first ones fill caches."""
    counts = []

    def note(frame: object, event: str, argument: object) -> None:
        counts[-1] += event == "call"

    for _ in range(3):
        counts.append(0)
        sys.setprofile(note)
        try:
            work()
        finally:
            sys.setprofile(None)
    return min(counts)


def ways(model: Any, name: str) -> dict[str, Callable[[], object]]:
    """What pages do with a model that has one text."""
    rows: list[Model] = [model.objects.create(**{name: f"Row {n}"}) for n in range(50)]
    first = rows[0].pk

    def make() -> Model:
        return model(**{name: "New"})

    return {
        "get": lambda: model.objects.get(pk=first),
        "rows": lambda: list(model.objects.all()[:50]),
        "filter": lambda: list(model.objects.filter(**{name: "Row 1"})),
        "create": lambda: make().save(),
        "save": lambda: model.objects.get(pk=first).save(),
        "bulk_create": lambda: model.objects.bulk_create([make() for _ in range(20)]),
    }


class Steps(TestCase):
    databases = {"default", "TESTCLIENT"}

    def test_it_takes_no_more_than_one_that_derives_from_tenant_model(self) -> None:
        with tenant_context("testclient"):
            written, placed = ways(Note, "text"), ways(Section, "name")
            for way in written:
                with self.subTest(way):
                    self.assertLessEqual(calls(placed[way]), calls(written[way]) * 1.05)
