"""The examples are taken out of a project as the manual says, and what is left is a project without them."""

import re
import shutil
from pathlib import Path

from ..rendering import ROOT, files_of

PAGE = ROOT / "{{cookiecutter.project_slug}}/manydb/docs/first-app.md"
# They tell of the examples, or are each project's own.
PROSE = {"README.md", "docs/decisions.md", ".env"}


def files(project: Path) -> dict[str, str]:
    names = {str(path.relative_to(project)): path for path in files_of(project)}
    return {
        name: path.read_text(encoding="utf-8")
        for name, path in names.items()
        if name not in PROSE and not name.startswith("manydb/")
    }


def test_the_examples_are_removed_as_the_manual_says(rendered, tmp_path: Path):
    project = Path(shutil.copytree(rendered(), tmp_path / "my_project"))
    (line,) = re.findall(r"^rm -r (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    for path in (project / name for name in line.split()):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name, lines in {
        "base.py": r'    "my_project\.(accounts|conferences)",\n',
        "databases.py": r'    Database\("accounts".*\n',
    }.items():
        path = project / "my_project/settings" / name
        path.write_text(re.sub(lines, "", path.read_text("utf-8")), encoding="utf-8")
    urls = project / "my_project/urls.py"
    text = urls.read_text(encoding="utf-8").replace("\n\nfrom .views import home", "")
    text = text.replace("include, path\n", "include, path\nfrom manydb.pages import start\n")
    urls.write_text(text.replace('"", home', '"", start'), encoding="utf-8")
    assert files(project) == files(rendered(legacy_models=False))
