"""``manage.py loaddata``: Django's own, which says what it did not load, and refuses databases that are only read."""

from collections import Counter
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import loaddata
from django.db import connections

from manydb.core.command_rules import elsewhere, lives_in
from manydb.core.read_only import RefusesReadOnly
from manydb.patches.server_cursors import is_test_database


class Command(RefusesReadOnly, loaddata.Command):
    """Django leaves out the objects of models that live elsewhere, and says so in a number."""

    def loaddata(self, fixture_labels: Any) -> None:
        """Loads the fixtures.

        Raises:
            CommandError: this database has none of their models.
        """
        self.fixture_labels = fixture_labels
        self.left_out: Counter[Any] = Counter()
        super().loaddata(fixture_labels)
        # A test loads its fixtures into each of its databases in turn.
        if not self.left_out or (not self.verbosity and is_test_database(connections[self.using])):
            return
        sentences = [self._sentence(model, number) for model, number in self.left_out.items()]
        if not self.loaded_object_count:
            raise CommandError(f"Nothing was loaded. {sentences[0]}")
        for sentence in sentences:
            self.stderr.write(f"Left out: {sentence}")

    def _sentence(self, model: Any, number: int) -> str:
        words = " ".join(["loaddata", *map(str, self.fixture_labels)])
        return f"{number} of {elsewhere(model, self.using, words)}"

    def save_obj(self, obj: Any) -> bool:
        model = type(obj.object)
        excluded = model._meta.app_config in self.excluded_apps or model in self.excluded_models
        if not excluded and not lives_in(model, self.using):
            self.left_out[model] += 1
        return bool(super().save_obj(obj))
