"""The modules of an app with models: one that is written again, and the owner's, to which classes are added."""

import ast
from pathlib import Path

from django.apps import AppConfig, apps
from django.core.management.base import CommandError

from manydb.core.project import base_dir, package_dir
from manydb.legacy.kept import GENERATED, app_of
from manydb.legacy.source import classes
from manydb.legacy.writing import Written

HEAD = '''"""The models of the legacy database ``{alias}``. This file is yours: a refresh adds new tables at its end."""

from . import {module}
'''


class AppModules:
    """Where an app's modules are, and what they will hold."""

    def __init__(self, alias: str, label: str) -> None:
        self.alias = alias
        self.config = _config(label)
        self.folder = Path(self.config.path) if self.config else package_dir() / label
        self.generated = self.folder / f"{GENERATED}.py"
        package = self.folder / "models" / "__init__.py"
        self.models = package if package.exists() else self.folder / "models.py"

    def refuse_foreign(self) -> None:
        """Refuses an app that is not one of ours.

        Raises:
            CommandError: its models were there before, or can't be asked for their names.
        """
        if not self.generated.exists():
            if self.models.exists() and "class " in self.models.read_text(encoding="utf-8"):
                raise CommandError(
                    f"{_shown(self.models)} was not written by this command: move it away first."
                )
        elif self.config is None:
            raise CommandError(
                f"{_shown(self.folder)} is not in INSTALLED_APPS, so the names in it are not known: add it first."
            )

    def files(self, written: Written) -> dict[Path, str]:
        """The texts of those files that change."""
        models = _text(self.models)
        if not self.generated.exists() and "class " not in models:
            models = HEAD.format(alias=self.alias, module=GENERATED)
        if written.new:
            place = "." if self.models.name == "models.py" else ".."
            models = _importing(models, place).rstrip("\n") + "\n" + classes(written.new)
        wanted = {
            self.folder / "__init__.py": _text(self.folder / "__init__.py"),
            self.generated: written.source,
            self.models: models,
        }
        return {
            path: text for path, text in wanted.items() if not path.exists() or _text(path) != text
        }


def label_for(alias: str, given: str | None) -> str:
    """The app of an alias's models.

    Raises:
        CommandError: there is none, or several.
    """
    if given:
        return given
    found = [config.label for config in app_of(alias)]
    if len(found) != 1:
        several = f"{' and '.join(found)} have" if found else "no app has"
        raise CommandError(f"{several} models of {alias}: say which app with --app.")
    return found[0]


def _config(label: str) -> AppConfig | None:
    try:
        return apps.get_app_config(label)
    except LookupError:
        return None


def _importing(source: str, place: str) -> str:
    """The module with the name of the one that its new classes are derived from."""
    imported = {
        alias.asname or alias.name
        for node in ast.parse(source).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    if GENERATED in imported:
        return source
    return source.rstrip("\n") + f"\n\n\nfrom {place} import {GENERATED}  # noqa: E402\n"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _shown(path: Path) -> str:
    inside = path.is_relative_to(base_dir())
    return (path.relative_to(base_dir()) if inside else path).as_posix()
