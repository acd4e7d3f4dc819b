"""``manage.py sqlsequencereset``: Django's own, for the models of an app that live in the database."""

from typing import Any

from django.apps import AppConfig
from django.core.management.commands import sqlsequencereset
from django.db import connections

from manydb.core.command_rules import lives_in


class Command(sqlsequencereset.Command):
    def handle_app_config(self, app_config: AppConfig, **options: Any) -> str | None:
        alias = options["database"]
        connection = connections[alias]
        models = app_config.get_models(include_auto_created=True)
        here = [model for model in models if lives_in(model, alias)]
        statements = connection.ops.sequence_reset_sql(self.style, here)
        if not statements and options["verbosity"] >= 1:
            self.stderr.write("No sequences found.")
        return "\n".join(statements)
