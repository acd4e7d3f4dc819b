"""The image without containers: each step of the Dockerfile is run in plain folders, as its user.

What only root of a container may do (apt-get, useradd) is left out, and is listed here.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

import pytest

from ..commands import environment, listens
from ..processes import eventually, running
from ..production import create, drop, variables
from ..rendering import LEFTOVERS
from ..servers import account
from ..servers.fixtures import server_of
from ..servers.ports import free_port

ROOTS_OWN = ("apt-get", "rm -rf /var/lib/apt", "update-ca-certificates", "useradd", "install --dir")

# How this machine reaches a package registry, and what it has of it already.
NETWORK = {
    name: value
    for name, value in os.environ.items()
    if re.match(r"(PIP|UV|SSL|REQUESTS)_|(?i:\w+_proxy)$", name)
}
NETWORK.setdefault("UV_CACHE_DIR", str(Path.home() / ".cache/uv"))


@dataclass
class Image:
    """What a Dockerfile makes, with its folders below ``root``."""

    root: Path
    folder: str = "/"
    user: str = "root"
    variables: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)

    def inside(self, text: str) -> str:
        """The text with the image's folders, which are the test's own here."""
        return re.sub(r"(?<![\w.])/(venv|app|media|dev/shm)\b", rf"{self.root}/\1", text)

    def environment(self) -> dict[str, str]:
        base = {
            "HOME": "/nonexistent",
            "LANG": "C.UTF-8",
            "PATH": f"{self.root}/base/bin:/usr/bin:/bin",
        }
        own: dict[str, str] = {}
        for name, value in self.variables.items():
            own[name] = self.inside(value).replace("$PATH", base["PATH"])
        return base | own

    def run(self, command: str) -> None:
        done = subprocess.run(
            ["sh", "-c", self.inside(command)],
            cwd=self.inside(self.folder),
            env=NETWORK | self.environment() | {"HOME": str(self.root)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def steps(dockerfile: str) -> Iterator[tuple[str, str]]:
    """Instruction and argument of each step; lines that go on are one."""
    lines = re.sub(r"^#.*\n", "", dockerfile, flags=re.MULTILINE)
    for line in re.sub(r"\\\n\s*", " ", lines).splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            yield word, rest


def base_image(programs: Path) -> None:
    """What python:…-slim has: python, and a pip that finds uv where the tests' own packages are."""
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(Path(sys.executable).resolve())
    (programs / "uv").symlink_to(Path(sys.executable).with_name("uv"))
    pip = programs / "pip"
    pip.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pip "$@"\n')
    pip.chmod(0o755)


def build(project: Path, root: Path) -> Image:
    """Runs the steps in order, those of both stages in the same folders."""
    image = Image(root)
    base_image(root / "base/bin")
    (root / "dev/shm").mkdir(parents=True)
    (root / "media").mkdir()
    ignored = (project / ".dockerignore").read_text().splitlines()
    allowed = [line[2:] for line in ignored if line.startswith("!/")]
    for word, rest in steps((project / "Dockerfile").read_text()):
        image.layers.append(f"{word} {rest}")
        match word:
            case "FROM":
                image.variables = {}
            case "WORKDIR":
                image.folder = rest
                Path(image.inside(rest)).mkdir(exist_ok=True)
            case "ENV":
                image.variables |= dict(each.split("=", 1) for each in rest.split())
            case "COPY" if not rest.startswith("--from=build"):
                *patterns, _ = rest.split()
                for name in allowed:
                    if (project / name).exists() and any(
                        pattern == "." or fnmatch(name, pattern) for pattern in patterns
                    ):
                        copy(project / name, Path(image.inside(image.folder), name))
            case "RUN":
                parts = [part.strip() for part in rest.split("&&")]
                if left := [part for part in parts if not part.startswith(ROOTS_OWN)]:
                    image.run(" && ".join(left))
            case "USER":
                image.user = rest
            case "CMD":
                image.command = json.loads(rest)
            case "HEALTHCHECK":
                image.health = json.loads(rest.partition(" CMD ")[2])
            case "COPY" | "EXPOSE" | "VOLUME":
                pass  # of stages, or for the machine around it
            case _:
                raise AssertionError(f"{word} is not executed here: teach this test what it does.")
    return image


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=LEFTOVERS)
    else:
        shutil.copy(source, target)


@pytest.fixture(
    params=[
        ("postgresql", False),
        pytest.param(("postgresql", True), marks=pytest.mark.long),
        pytest.param(("mysql", False), marks=pytest.mark.long),
    ],
    ids=["postgresql", "locked", "mysql"],
)
def built(
    request: pytest.FixtureRequest, project: Callable[..., Path], server_folder: Path
) -> Image:
    engine, locked = request.param
    folder = project(database_engine=engine, router="tenant", legacy_models=False, tenants="acme")
    if locked:
        subprocess.run([sys.executable, "-m", "uv", "lock", "-q"], cwd=folder, check=True)
    root = server_folder / f"image-{engine}-{locked}"  # which every account may enter
    root.mkdir(mode=0o755)
    image = build(folder, root)
    image.variables["ENGINE"] = engine
    return image


def test_the_image_is_built_served_and_stopped(request, built):
    root = built.root
    # Dependencies are a layer before the code, and the project is not installed beside itself.
    copies = [number for number, layer in enumerate(built.layers) if layer.startswith("COPY")]
    installed = next(n for n, layer in enumerate(built.layers) if "uv sync" in layer)
    assert copies[0] < installed < copies[1] and "--editable" not in "".join(built.layers)
    site = next(root.glob("venv/lib/python*/site-packages"))
    assert (site / "django").is_dir() and not list(site.glob("my_project*"))
    assert (root / "app/staticfiles/admin/css/base.css").exists()

    server = server_of(request, built.variables.pop("ENGINE"))
    port = free_port()
    env = environment(built.environment()) | variables("my_project", server)
    env |= {"TENANTS": "acme", "HOME": "/nonexistent"}
    names = ("my_project", "my_project_acme")
    subprocess.run(["chmod", "-R", "a+rX,go-w", root], check=True)
    subprocess.run(["chmod", "a+rwx", root / "media", root / "dev/shm"], check=True)
    # Files of the image are another account's, as for user 10001; root keeps none of its rights over them.
    as_user: list[str] = []
    if account.is_root():
        as_user = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
        subprocess.run(["chown", "-R", account.ACCOUNT, root / "app", root / "venv"], check=True)
    try:
        for name in names:
            create(server, name)
        python = root / "venv/bin/python"
        at_work = {"cwd": root / "app", "env": env}
        subprocess.run([*as_user, python, "manage.py", "migrate_databases"], check=True, **at_work)
        subprocess.run(
            [*as_user, python, "manage.py", "shell", "-c", UPLOAD], check=True, **at_work
        )
        assert list((root / "media").rglob("hello.txt"))
        # With the programs that the image installs for it.
        dump = [*as_user, python, "manage.py", "dump_tenant", "acme", root / "media/acme.zip"]
        subprocess.run(dump, check=True, **at_work)
        command = [built.inside(word) for word in built.command]
        command[0] = str(root / "venv/bin" / command[0])
        command = [word.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for word in command]
        log = root / "log"
        with running([*as_user, *command], log, lambda: listens(port), **at_work) as process:
            lines = log.read_text
            assert eventually(lambda: "Booting worker" in lines())
            health = [word.replace(":8000", f":{port}") for word in built.health]
            health[0] = str(root / "venv/bin" / health[0])
            assert eventually(
                lambda: subprocess.run([*as_user, *health], **at_work).returncode == 0
            )
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=40) == 0
            assert subprocess.run([*as_user, *health], capture_output=True, **at_work).returncode
        assert "error" not in lines().lower() and "Traceback" not in lines(), lines()
    finally:
        for name in names:
            drop(server, name)


UPLOAD = """
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from manydb.tenants import tenant_context
with tenant_context("acme"):
    default_storage.save("hello.txt", ContentFile(b"hello"))
"""
