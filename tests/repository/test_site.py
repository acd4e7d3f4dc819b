"""The site of the documentation is built of the same files, and a dead link is an error."""

import shutil
import subprocess
import sys
from pathlib import Path

from ..rendering import ROOT

MANUAL = "{{cookiecutter.project_slug}}/manydb/docs"


def build(root: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "scripts/site"), sys.executable, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_it_has_the_pages_of_both_products(tmp_path: Path):
    done = build(ROOT, tmp_path / "site")
    assert done.returncode == 0, done.stdout + done.stderr
    for page in ("index.html", "docs/choose/index.html", "manual/concepts/index.html"):
        assert "<title>" in (tmp_path / "site" / page).read_text(encoding="utf-8"), page
    assert 'class="mermaid"' in (tmp_path / "site/index.html").read_text(encoding="utf-8")


# Written at the end of a page: what leads nowhere, and the words by which it is named.
BROKEN = {
    "docs/choose.md": ("[nowhere](nowhere.md)", "nowhere.md"),
    "docs/update.md": ("[no heading](compare.md#nothing-of-that-name)", "nothing-of-that-name"),
    f"{MANUAL}/new-page.md": ("# A page that the index does not list", "new-page.md"),
}


def test_what_leads_nowhere_is_an_error(tmp_path: Path):
    root = tmp_path / "repository"
    pages = [path for path in ROOT.glob("*.md") if path.is_file()]
    pages += [*(ROOT / "docs").iterdir(), *(ROOT / MANUAL).rglob("*.md")]
    extra = ("LICENSE", "scripts/site", "benchmarks/README.md", "engine/CHANGELOG.md")
    for path in (*pages, *(ROOT / name for name in extra)):
        copy = root / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    for name, (text, _) in BROKEN.items():
        with (root / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")

    done = build(root, tmp_path / "site")

    assert done.returncode == 1
    for _, words in BROKEN.values():
        assert words in done.stdout + done.stderr
