"""Rows that are made at once are those that Django makes, and a model that has a say keeps it."""

from typing import Any

from django.db.models import CASCADE, DEFERRED, CharField, FileField, ForeignKey, Model
from django.db.models.base import ModelBase
from django.db.models.signals import post_init
from django.test import SimpleTestCase
from django.test.utils import isolate_apps

from engine.site.notes.models import Note
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.core.models import TenantModel
from manydb.patches.plain_rows import attributes_of
from manydb.tenants.context import no_tenant, tenant_context


def contents(row: Any) -> tuple[Any, ...]:
    state = {name: value for name, value in vars(row._state).items() if name != "fields_cache"}
    fields = [(name, value) for name, value in vars(row).items() if name != "_state"]
    return fields, sorted(state.items()), row._state.fields_cache


@isolate_apps("engine.site.notes")
class PlainRows(SimpleTestCase):
    databases = {"default"}  # the catalog

    def test_they_are_the_same_as_djangos(self) -> None:
        class Loud(TenantModel):
            text = CharField()

            class Meta:
                app_label = "notes"

            def __setattr__(self, name: str, value: Any) -> None:
                super().__setattr__(name, value.upper() if name == "text" else value)

        class WithFile(TenantModel):
            file = FileField()

            class Meta:
                app_label = "notes"

        class Part(TenantModel):
            whole = ForeignKey("self", CASCADE)

            class Meta:
                app_label = "notes"

        class Mixin:
            def __init__(self) -> None:
                self.mixed = True

        class Mixed(TenantModel, Mixin):
            class Meta:
                app_label = "notes"

        class Silent:
            counted = 0

            def __init__(self) -> None:
                Silent.counted += 1

        class Counted(TenantModel, Silent):
            class Meta:
                app_label = "notes"

        at_once: list[tuple[type[TenantModel], list[str], list[Any]]] = [
            (Note, ["id", "text", "folder_id"], [1, "a", None]),
            (Part, ["id", "whole_id"], [1, 2]),
        ]
        otherwise: list[tuple[type[TenantModel], list[str], list[Any]]] = [
            (Loud, ["id", "text"], [1, "a"]),
            (WithFile, ["id", "file"], [1, "1.txt"]),
            (Mixed, ["id"], [1]),
            (Counted, ["id"], [1]),
        ]
        deferred: list[tuple[type[TenantModel], list[str], list[Any]]] = [
            (Note, ["id", "text"], [1, "a"]),
            (Note, ["id", "text", "folder_id"], [1, DEFERRED, None]),
            (Note, [], []),
        ]
        for case in (*at_once, *otherwise, *deferred):
            for tenant in (OTHER_TENANT, None):
                scope = tenant_context(tenant) if tenant else no_tenant()
                with self.subTest(case, tenant=tenant), scope:
                    model, names, values = case
                    for alias in (OTHER_ALIAS, "default", None):
                        made = model.from_db(alias, names, values)
                        djangos = Model.from_db.__func__(model, alias, names, values)  # type: ignore[attr-defined]
                        self.assertEqual(contents(made), contents(djangos))
        self.assertTrue(all(attributes_of(model) for model, _, _ in at_once))
        self.assertFalse(any(attributes_of(model) for model, _, _ in otherwise))
        Silent.counted = 0
        Counted.from_db(OTHER_ALIAS, ["id"], [1])
        self.assertEqual(Silent.counted, 1)

    def test_a_model_that_makes_its_objects_itself_goes_djangos_way(self) -> None:
        class Known(TenantModel):
            class Meta:
                app_label = "notes"

            def __new__(cls, *args: Any) -> Any:
                return super().__new__(cls)

        class Called(ModelBase):
            def __call__(cls, *args: Any) -> Any:
                made = super().__call__(*args)
                made.was_called = True
                return made

        class Made(TenantModel, metaclass=Called):
            class Meta:
                app_label = "notes"

        self.assertEqual([attributes_of(model) for model in (Known, Made)], [(), ()])
        self.assertTrue(Made.from_db(OTHER_ALIAS, ["id"], [1]).was_called)

    def test_who_asks_to_be_told_of_each_is_told_from_then_on(self) -> None:
        class Watched(TenantModel):
            class Meta:
                app_label = "notes"

        told: list[Any] = []

        def tell(instance: Any, **kwargs: Any) -> None:
            told.append(instance.pk)

        def rows(number: int) -> list[Any]:
            with tenant_context(OTHER_TENANT):
                Watched.from_db(OTHER_ALIAS, ["id"], [number])
                Note.from_db(OTHER_ALIAS, ["id", "text", "folder_id"], [number, "a", None])
            return told

        self.assertEqual(rows(1), [])
        post_init.connect(tell, sender=Watched)
        try:
            self.assertEqual(rows(2), [2])
        finally:
            post_init.disconnect(tell, sender=Watched)
        self.assertEqual(rows(3), [2])

    def test_a_field_that_comes_later_is_filled(self) -> None:
        class Growing(TenantModel):
            class Meta:
                app_label = "notes"

        Growing.from_db(OTHER_ALIAS, ["id"], [1])
        CharField().contribute_to_class(Growing, "text")
        grown: Any = Growing.from_db(OTHER_ALIAS, ["id", "text"], [1, "a"])
        self.assertEqual(grown.text, "a")
