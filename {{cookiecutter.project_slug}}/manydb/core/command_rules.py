"""Where what Django's commands are about lives, and the sentence for a command that was given another database."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.cache.backends.db import BaseDatabaseCache
from django.core.management.base import BaseCommand
from django.core.management.utils import parse_apps_and_model_labels
from django.db import connections, router
from django.db.migrations import Migration
from django.db.models import Model

from manydb.core.commands import AUTH, CONTENT_TYPES, CORE, Options, refuse, say, surround
from manydb.core.disk_migrations import on_disk
from manydb.core.guards import no_writes
from manydb.core.migrated_aliases import is_migrated
from manydb.core.migrating import migrated_alias
from manydb.core.operations import name_of, operations_here
from manydb.core.ownership import ownership
from manydb.core.placement import DEFAULT, shared_alias
from manydb.core.routing import (
    PER_TENANT,
    facts,
    home_of,
    is_made_here,
    primaries,
    primary_of,
    real_alias,
)
from manydb.core.rules import about_rows
from manydb.patches.server_cursors import is_test_database

Args = tuple[Any, ...]


def lives_in(model: type[Model], alias: str) -> bool:
    """Whether a database, or the primary of a replica, has the table of a model; True for an unknown database."""
    known = facts(real_alias(alias))
    if not known:
        return True
    home = home_of(model)
    return bool(known.get("TENANT")) if home == PER_TENANT else primary_of(alias) == home


def elsewhere(model: type[Model], alias: str, words: str) -> str:
    """Why a command finds nothing of a model in this database, and which command does."""
    home = home_of(model)
    return (
        f'{model._meta.label} lives in {name_of(home)}, not in "{alias}": '
        f"run {command_for(home, words)}."
    )


def command_for(home: str, words: str) -> str:
    """The command line for what lives there."""
    if home == PER_TENANT:
        return ownership().command(words)
    return f"python manage.py {words}{'' if home == DEFAULT else f' --database {home}'}"


def _of(model: type[Model], command: BaseCommand, args: Iterable[Any], options: Options) -> str:
    alias = options["database"]
    if not lives_in(model, alias):
        return elsewhere(model, alias, _words(command, args))
    return no_writes(alias, facts(alias))


def _words(command: BaseCommand, args: Iterable[Any] = ()) -> str:
    name = type(command).__module__.rpartition(".")[2]
    return " ".join([name, *map(str, args)])


def accounts(command: BaseCommand, args: Args, options: Options) -> str:
    """``createsuperuser`` and ``changepassword``."""
    named = [options["username"]] if _words(command) == "changepassword" else []
    return _of(get_user_model(), command, filter(None, named), options)


def content_types(command: BaseCommand, args: Args, options: Options) -> str:
    """``remove_stale_contenttypes``."""
    from django.contrib.contenttypes.models import ContentType

    return _of(ContentType, command, args, options)


def cache_table(command: BaseCommand, args: Args, options: Options) -> str:
    """``createcachetable``."""
    alias = options["database"]
    if refusal := no_writes(alias, facts(alias)):
        return refusal
    if migrated_alias() or (not args and facts(alias) and is_test_database(connections[alias])):
        return ""  # a migration of a package, or a test run, which makes the tables in each of its databases
    home = home_of_cache_table(alias)
    if not home:
        return ""
    return (
        f'The table of the cache belongs into "{home}", not into "{alias}": '
        f"run {command_for(home, _words(command, args))}."
    )


def home_of_cache_table(alias: str) -> str:
    """The database that has the table of the cache, unless that is this one; "" if there is none."""
    table = BaseDatabaseCache("any", {}).cache_model_class
    if not facts(alias) or router.allow_migrate_model(alias, table):
        return ""
    return next((each for each in primaries() if router.allow_migrate_model(each, table)), "")


def dumped_models(command: BaseCommand, args: Args, options: Options) -> str:
    """``dumpdata`` of models that another database has; without a label it dumps what the database has."""
    left_out, _ = parse_apps_and_model_labels(options["exclude"])
    return _labelled(command, args, options, left_out)


def sequences(command: BaseCommand, args: Args, options: Options) -> str:
    """``sqlsequencereset``."""
    return _labelled(command, args, options, set())


def _labelled(
    command: BaseCommand, labels: Args, options: Options, left_out: set[type[Model]]
) -> str:
    alias = options["database"]
    for label in labels:
        models = [model for model in _models_of(str(label)) if model not in left_out]
        strange = [model for model in models if not lives_in(model, alias)]
        if strange and len(strange) == len(models):
            return elsewhere(strange[0], alias, _words(command, labels))
        for model in strange:
            words = _words(command, [label])
            say(command, options, f"Left out: {elsewhere(model, alias, words)}")
    return ""


def _models_of(label: str) -> list[type[Model]]:
    """The models with tables that an app's or a model's label names; an empty list for an unknown one."""
    app_label, _, name = label.partition(".")
    try:
        config = apps.get_app_config(app_label)
        models = [config.get_model(name)] if name else list(config.get_models())
    except LookupError:
        return []  # Django says so
    return [model for model in models if not model._meta.proxy]


def has_something_to_flush(command: BaseCommand, args: Args, options: Options) -> str:
    """``flush`` of a database without a table of the project's; a test may end with it."""
    alias = options["database"]
    if refusal := no_writes(alias, facts(alias)):
        return refusal
    if not facts(alias) or is_migrated(alias) or "inhibit_post_migrate" in options:
        return ""  # TransactionTestCase, which gives that option, flushes each database that it may use
    return f"{alias} has no table that this project manages: nothing was flushed."


def one_migration_here(command: BaseCommand, args: Args, options: Options) -> str:
    """``sqlmigrate`` of a migration that does nothing in this database."""
    alias, app_label = options["database"], options["app_label"]
    migration = _migration(app_label, options["migration_name"])
    if migration is None or not facts(alias) or operations_here(alias, migration):
        return ""
    home = next((each for each in primaries() if operations_here(each, migration)), None)
    if home is None:
        return ""
    place = name_of(PER_TENANT) if facts(home).get("TENANT") else f'"{home}"'
    return (
        f'{migration} does nothing in "{alias}", because it is for {place}: run python manage.py '
        f"sqlmigrate {app_label} {migration.name} --database {home}."
    )


def _migration(app_label: str, prefix: str) -> Migration | None:
    """The migration that ``sqlmigrate`` means; None for what it refuses itself."""
    found = [
        migration
        for (app, name), migration in on_disk().disk_migrations.items()
        if app == app_label and name.startswith(prefix)
    ]
    return found[0] if len(found) == 1 else None


def one_database(command: BaseCommand, args: Args, options: Options) -> str:
    """``testserver``, which makes a test database of ``default`` alone."""
    others = [alias for alias in primaries() if alias != shared_alias() and is_made_here(alias)]
    if not others or not facts(shared_alias()):
        return ""
    return (
        f'testserver makes a test database of "{DEFAULT}" alone, and its pages would change the real '
        f"{', '.join(others[:3])}: run python manage.py runserver with settings for development."
    )


def _rows(command: BaseCommand, options: Options) -> Any:
    return about_rows()


for each in ("createsuperuser", "changepassword"):
    refuse(AUTH + each, accounts)
refuse(CONTENT_TYPES + "remove_stale_contenttypes", content_types)
refuse(CORE + "createcachetable", cache_table)
refuse(CORE + "dumpdata", dumped_models)
refuse(CORE + "flush", has_something_to_flush)
refuse(CORE + "sqlmigrate", one_migration_here)
refuse(CORE + "sqlsequencereset", sequences)
refuse(CORE + "testserver", one_database)
for each in ("dumpdata", "loaddata"):
    surround(CORE + each, _rows)
