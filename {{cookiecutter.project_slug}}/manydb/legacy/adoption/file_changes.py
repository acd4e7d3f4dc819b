"""The texts of all files that adopting a database changes or makes."""

from collections.abc import Callable, Mapping
from pathlib import Path

from django.core.management.base import CommandError

from manydb.core.adopted import parameters
from manydb.core.aliases import Database
from manydb.core.project import base_dir, package_dir
from manydb.legacy.adoption import app_templates
from manydb.legacy.adoption.app_modules import AppModules
from manydb.legacy.adoption.lists import add_to_list, call
from manydb.legacy.adoption.variables import mention_variables, set_variables
from manydb.legacy.rendering import literal
from manydb.legacy.writing import Written


def refuse_existing(app: str) -> None:
    """An app's name must be free, as a package, as a module and for its tests.

    Raises:
        CommandError: it is not.
    """
    for path in (package_dir() / app, package_dir() / f"{app}.py", _tests(app)):
        if path.exists():
            where = path.relative_to(base_dir()).as_posix()
            raise CommandError(f"{where} is there already: choose another name with --app.")


def _tests(app: str) -> Path:
    return base_dir() / "tests" / f"test_{app}.py"


def new_files(
    database: Database, app: str, found: Written, title: str | None = None
) -> dict[Path, str]:
    """The app and its tests."""
    words = "".join(word.capitalize() for word in app.split("_"))
    names = {
        "alias": database.alias,
        "app": app,
        "name": f"{words}Models",
        "config": f"{words}Config",
        "package": f"{package_dir().name}.{app}",
        "title": literal(title or app.replace("_", " ").capitalize()),
    }
    return {
        **AppModules(database.alias, app).files(found),
        package_dir() / app / "apps.py": app_templates.APPS.substitute(names),
        package_dir() / app / "admin.py": app_templates.ADMIN.substitute(names),
        _tests(app): app_templates.TESTS.substitute(names),
    }


def changed_files(database: Database, app: str, values: Mapping[str, str]) -> dict[Path, str]:
    """The list of databases, the list of apps, and the variables of development.

    Raises:
        CommandError: a list is not where it was in the beginning, or ``.env`` can't hold a value.
    """
    arguments: dict[str, object] = {"name": database.name, "engine": database.engine}
    if database.read_only:
        arguments["read_only"] = True
    if database.time_zone:
        arguments["time_zone"] = database.time_zone
    line = call("Database", database.alias, arguments)
    title = f'The adopted database "{database.alias}"'
    names = dict.fromkeys([*parameters(database), *values], "")
    folder = package_dir() / "settings"
    aliases, settings = folder / "databases.py", folder / "base.py"
    env, example = base_dir() / ".env", base_dir() / ".env.example"
    entry = f'"{package_dir().name}.{app}"'
    return {
        aliases: _edited(aliases, lambda text: add_to_list(text, "SHARED", line)),
        settings: _edited(settings, lambda text: add_to_list(text, "INSTALLED_APPS", entry)),
        env: _edited(env, lambda text: set_variables(text, title, values)),
        example: _edited(example, lambda text: mention_variables(text, title, names)),
    }


def _edited(path: Path, edit: Callable[[str], str]) -> str:
    try:
        return edit(path.read_text(encoding="utf-8") if path.exists() else "")
    except ValueError as error:
        where = path.relative_to(base_dir()).as_posix()
        raise CommandError(f"{where} can't be changed: {error}.") from error
