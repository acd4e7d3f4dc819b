"""No secret that the template makes is ever in git, whatever was answered."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from ..rendering import in_every_rendering


class Repository:
    """A repository beside the project, so that a shared rendering stays as it is."""

    def __init__(self, folder: Path, project: Path) -> None:
        self._git = ["git", f"--git-dir={folder / 'git'}", f"--work-tree={project}"]
        self._project = project
        self("init", "--quiet")

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(
            [*self._git, *arguments],
            cwd=self._project,
            env=environment,
            capture_output=True,
            encoding="utf-8",
        )

    def add_all(self) -> list[str]:
        """Stages everything, and says what is staged."""
        assert self("add", "-A").returncode == 0
        return self("ls-files").stdout.splitlines()

    def holds(self, text: str) -> bool:
        return self("grep", "--cached", "--quiet", "--text", "-F", "-e", text).returncode == 0


@in_every_rendering
def test_no_secret_is_in_the_index(
    rendered: Callable[..., Path], tmp_path: Path, answers: dict[str, Any]
):
    project = rendered(**answers)
    secret = dotenv_values(project / ".env")["SECRET_KEY"]
    repository = Repository(tmp_path, project)

    staged = repository.add_all()

    assert secret and not repository.holds(secret)
    assert ".env" not in staged
    # The search finds what is there, and the example and the folder for databases are there.
    assert repository.holds("SECRET_KEY=")
    assert {".env.example", ".gitignore", "var/.gitignore", "manage.py"} <= set(staged)


def test_git_ignores_what_people_put_beside_env_and_what_development_makes(
    rendered: Callable[..., Path], tmp_path: Path
):
    repository = Repository(tmp_path, rendered())
    ignored = (".env", ".env.local", ".env.production", ".env.bak", "var/my_project.sqlite3")
    kept = (".env.example", "my_project/settings/base.py", "var/.gitignore", "tests/__init__.py")
    assert [path for path in ignored if repository("check-ignore", "-q", path).returncode] == []
    assert [path for path in kept if not repository("check-ignore", "-q", path).returncode] == []
