"""A tenant's rows are neither read nor changed by work for another: the table of attacks, in every place, row by row."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from inspect import iscoroutine
from tempfile import TemporaryDirectory
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.test import TransactionTestCase, override_settings
from django.test.utils import ignore_warnings

from engine.site.notes.models import Balance, Folder, Note, Tag
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT, new_storages
from manydb.tenants import catalog
from manydb.tenants.context import no_tenant, tenant_context

from .attacks import KEY, OURS, SECRET, Attack, begun, beside, orm, outcome, raw, web
from .attacks.guards import GUARDS
from .attacks.places import PLACES, in_a_shell, work

ALIASES = {"TESTCLIENT": OURS, OTHER_ALIAS: SECRET}
EVERYWHERE = [*orm.TABLE, *begun.TABLE, *raw.TABLE, *beside.TABLE]
ONCE = [*beside.TABLE_ONCE, *web.TABLE_ONCE]
AT_LEAST = 250
# All are tried in a shell, and a share of them in each of the other places: ATTACKED_EVERY=1 tries all in all.
EVERY = int(os.environ.get("ATTACKED_EVERY", "4"))
MODELS = (Folder, Tag, Note, Note.tags.through, Balance)


def rows_of(model: Any, alias: str) -> list[Any]:
    with no_tenant():
        return sorted(model.objects.using(alias).values_list())


@override_settings(ROOT_URLCONF="engine.tests.tenant.attacks.places")
class Attacks(TransactionTestCase):
    databases = {"default", *ALIASES}

    def setUp(self) -> None:
        sessions = self.enterContext(TemporaryDirectory())
        self.enterContext(override_settings(SESSION_FILE_PATH=sessions, STORAGES=new_storages()))
        self.addCleanup(cache.clear)
        self.addCleanup(catalog.forget)
        for alias, text in ALIASES.items():
            folder = Folder.objects.using(alias).create(pk=KEY, name=text)
            tag = Tag.objects.using(alias).create(pk=KEY, name=text)
            Note.objects.using(alias).create(pk=KEY, text=text, folder=folder).tags.add(tag)
            Note.objects.using(alias).create(pk=KEY + 1, text=text)
            Balance.objects.using(alias).create(pk=KEY)
        self.rows = self.all_rows()

    def all_rows(self) -> dict[str, list[Any]]:
        return {
            f"{alias}: {model.__name__}": rows_of(model, alias)
            for alias in ALIASES
            for model in MODELS
        }

    def are_changed(self, models: Iterable[Any]) -> bool:
        """Whether rows differ, or a server was reached with a statement that it refused."""
        try:
            return any(
                self.rows[f"{alias}: {model.__name__}"] != rows_of(model, alias)
                for alias in ALIASES
                for model in models
            )
        except DatabaseError:
            return True

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What an attack changes is not there for the next one."""
        with ExitStack() as blocks:
            for alias in self.databases:
                blocks.enter_context(transaction.atomic(using=alias))
            try:
                yield
            finally:
                for alias in self.databases:
                    transaction.set_rollback(True, using=alias)
                ContentType.objects.clear_cache()  # its rows may have been made inside

    def tried(self, attack: Attack, place: Callable[[], None]) -> str:
        """What has come of one row."""
        found: list[str] = []

        def use() -> object:
            given = attack.use(thing)
            return async_to_sync(_awaited)(given) if iscoroutine(given) else given

        cache.clear()
        with self.undone():
            with tenant_context(OTHER_TENANT):
                thing = attack.make()
            work[:] = [lambda: found.append(outcome(attack, use))]
            place()
            for alias in self.databases:  # which Django does not use any more after an error
                transaction.set_rollback(False, using=alias)
            if found == ["refused"] and self.are_changed(MODELS if place is in_a_shell else [Note]):
                return "changed rows"
        return found[0] if found else "was not tried"

    def test_there_are_as_many_as_there_must_be_and_each_has_a_name(self) -> None:
        names = [attack.name for attack in (*EVERYWHERE, *ONCE)]
        self.assertEqual(len(names), len(set(names)))
        self.assertGreaterEqual(len(names), AT_LEAST)

    @ignore_warnings(message="StreamingHttpResponse must consume")
    def test_each_is_refused_in_each_place(self) -> None:
        allowed = []
        for number, (name, place) in enumerate(PLACES.items()):
            share = EVERYWHERE if place is in_a_shell else EVERYWHERE[number % EVERY :: EVERY]
            for attack in share:
                if (found := self.tried(attack, place)) != "refused":
                    allowed.append(f"{name}: {attack.name}: {found}")
        self.assertFalse(allowed, "\n".join([f"{len(allowed)} rows", *allowed]))

    def test_each_that_needs_no_place_is_refused(self) -> None:
        allowed = []
        for attack in ONCE:
            if (found := self.tried(attack, in_a_shell)) != "refused":
                allowed.append(f"{attack.name}: {found}")
            catalog.forget()
        self.assertEqual(allowed, [])

    def test_each_guard_that_is_taken_out_lets_a_row_pass(self) -> None:
        by_name = {attack.name: attack for attack in (*EVERYWHERE, *ONCE)}
        kept = []
        for name, (take_out, rows) in GUARDS.items():
            refused = []
            for row in rows:
                with take_out():
                    if self.tried(by_name[row], in_a_shell) == "refused":
                        refused.append(row)
                catalog.forget()
            # A server may refuse one of them by itself, such as another database's name on PostgreSQL.
            if refused and len(refused) == len(rows):
                kept.append(f"without {name}: {refused}")
        self.assertEqual(kept, [])


async def _awaited(given: Any) -> Any:
    return await given
